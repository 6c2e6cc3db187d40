// A file to write that the user has named.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <sys/types.h>

#include "client/failure.hpp"
#include "client/file/existing_file.hpp"
#include "client/file/part_file.hpp"
#include "client/terminal/terminal_text.hpp"
#include "posix/descriptor.hpp"

namespace yodel::client {

// One of these: standard output, on a terminal as TerminalText makes it; a file that appears once
// it is complete; a file that cannot be replaced by another, and is written at the end; or a device
// or a FIFO.
class TargetFile {
 public:
  using Existing = PartFile::Existing;

  [[nodiscard]] static TargetFile standard_output() { return {}; }
  // Prepares to write the file `path`: what is there stays as it is until commit(). Follows a
  // symbolic link where open(2) would, even if it leads to nothing yet. Fails if the file may not
  // be written, and with Existing::keep also if it exists, now or at the end. Takes any name of
  // standard output for standard output.
  //
  // A file is replaced by a new one with its owner, group and permissions. It is written in place,
  // and a full disk or a crash during that may damage it, if a new file could not replace it: it
  // has other names or attributes, its owner cannot be given away, it is mounted, or nothing can be
  // created in its folder.
  [[nodiscard]] static Result<TargetFile> open(const std::string& path, Existing existing);

  [[nodiscard]] Result<void> write(std::string_view bytes);
  // Puts the file in its place under its name, or its new content, once all has been written. What
  // is not committed is dropped, except for what has gone to standard output or to a device
  // already.
  [[nodiscard]] Result<void> commit();

  // Returns how many bytes were written.
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  [[nodiscard]] bool is_standard_output() const noexcept { return path_.empty(); }
  // Returns whether both are one file, by whatever names. Two devices never count as one, since a
  // device takes both.
  [[nodiscard]] bool is_same_as(const TargetFile& other) const noexcept;

 private:
  // The identity of a file: its own numbers, or those of its folder and its name.
  struct Identity {
    dev_t device = 0;
    ino_t inode = 0;
    std::string name;
    friend bool operator==(const Identity&, const Identity&) = default;
  };

  TargetFile() = default;
  [[nodiscard]] Result<void> open_over(ExistingFile file);
  [[nodiscard]] Result<void> open_new();
  // Creates the part that is to replace `file`. Returns false if that is not possible.
  [[nodiscard]] bool make_replacement(const ExistingFile& file);
  // Sets the owner, group and permissions of `file`. Returns false if that is not
  // possible.
  [[nodiscard]] bool copy_owner_and_mode(const struct stat& file);
  [[nodiscard]] Result<void> write_in_place(int from);
  [[nodiscard]] int descriptor() const noexcept;
  // Returns the path, for messages.
  [[nodiscard]] std::string shown() const;
  [[nodiscard]] tl::unexpected<Failure> failed(int error) const;

  std::string path_;  // as it was given; empty for standard output
  PeerOutput output_;
  std::optional<Identity> identity_;  // of a regular file
  Existing existing_ = Existing::replace;
  mode_t mode_ = 0;
  std::uint64_t size_ = 0;
  std::optional<PartFile> part_;
  posix::Descriptor spool_;     // instead of a part, if the file will be written in place
  posix::Descriptor original_;  // the existing file; the only one of the three for a device
};

}  // namespace yodel::client
