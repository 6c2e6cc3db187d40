// What stands already where a file is to be written.
#pragma once

#include <optional>
#include <string>
#include <sys/stat.h>
#include <tl/expected.hpp>

#include "client/file/part_file.hpp"
#include "posix/descriptor.hpp"

namespace yodel::client {

// Opened for writing, and as it is now. It keeps its content.
struct ExistingFile {
  posix::Descriptor descriptor;
  struct stat status {};
};

// Opens what `path` leads to, with the flags with which a shell opens what it is to write, but for
// O_TRUNC: so all that the kernel refuses there is refused here, such as to follow a symbolic link
// of another user's in /tmp (proc_sys_fs(5): protected_symlinks, protected_regular,
// protected_fifos). nullopt: nothing is there, also where links lead to it. The error is an
// errno(3).
[[nodiscard]] tl::expected<std::optional<ExistingFile>, int> open_existing(const std::string& path);

// Returns where the open `file` has its name; nullopt: that cannot be told, or it has none. `path`
// led there.
[[nodiscard]] std::optional<Place> place_of(const ExistingFile& file, const std::string& path);

// Returns where a file that `path` names would be made, where nothing is: links that lead nowhere
// are followed as above. The error is an errno(3).
[[nodiscard]] tl::expected<Place, int> place_for_new(const std::string& path);

// Returns whether a new file could not have all that the open `file` has: other names, as link(2)
// makes them, or attributes, xattr(7), of which the access control list is one.
[[nodiscard]] bool has_more_than_a_new_one(int file, const struct stat& status);

[[nodiscard]] inline bool is_same_file(const struct stat& a, const struct stat& b) noexcept {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

}  // namespace yodel::client
