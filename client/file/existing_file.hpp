// A file that is there already where one is to be written.
#pragma once

#include <optional>
#include <string>
#include <sys/stat.h>
#include <tl/expected.hpp>

#include "client/file/part_file.hpp"
#include "posix/descriptor.hpp"

namespace yodel::client {

// The file, opened for writing with its content kept, and its status.
struct ExistingFile {
  posix::Descriptor descriptor;
  struct stat status {};
};

// Opens what `path` leads to for writing, as a shell does but without O_TRUNC. So it refuses all
// that the kernel refuses a shell, such as following another user's symbolic link in /tmp
// (proc_sys_fs(5): protected_symlinks, protected_regular, protected_fifos). Returns std::nullopt if
// nothing is there, or at the end of the links that are. The error is an errno(3).
[[nodiscard]] tl::expected<std::optional<ExistingFile>, int> open_existing(const std::string& path);

// Returns where the open `file`, to which `path` has led, has its name, or std::nullopt if it has
// none or that cannot be found out.
[[nodiscard]] std::optional<Place> place_of(const ExistingFile& file, const std::string& path);

// Returns where a file named `path`, which does not exist, would be created. Follows links that
// lead nowhere, as above. The error is an errno(3).
[[nodiscard]] tl::expected<Place, int> place_for_new(const std::string& path);

// Returns whether the open `file` has what a new file could not have: other names, as link(2) makes
// them, or attributes, xattr(7), of which the access control list is one.
[[nodiscard]] bool has_links_or_attributes(int file, const struct stat& status);

[[nodiscard]] inline bool is_same_file(const struct stat& a, const struct stat& b) noexcept {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

}  // namespace yodel::client
