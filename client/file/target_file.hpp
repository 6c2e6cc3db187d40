// A file that is written for somebody who has named it.
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

// Standard output, on a terminal as TerminalText has it; a file that appears once it is whole; a
// file that cannot be replaced by another, into which all goes at the end; or what is no regular
// file, a device or a FIFO.
class TargetFile {
 public:
  using Existing = PartFile::Existing;

  [[nodiscard]] static TargetFile standard_output() { return {}; }
  // Gets ready to write the file `path`: what stands there stays as it is until commit(). A
  // symbolic link is followed, also one that leads to nothing yet, where open(2) would follow it; a
  // file that may not be written is a failure, and so is anything that stands there with
  // Existing::keep, now or in the end. What standard output leads to, by whatever name, is standard
  // output.
  //
  // A file is replaced by one with its owner, group and permissions. It is written in place, and so
  // is not safe from a full disk or a crash while that lasts, where another could not stand for it:
  // it has other names or attributes, its owner cannot be given away, it is mounted, or nothing can
  // be made in its folder.
  [[nodiscard]] static Result<TargetFile> open(const std::string& path, Existing existing);

  [[nodiscard]] Result<void> write(std::string_view bytes);
  // All has been written: the file takes its name, or its new content. What is not committed goes,
  // but for what went to standard output or to a device already.
  [[nodiscard]] Result<void> commit();

  // How many bytes were written.
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  [[nodiscard]] bool is_standard_output() const noexcept { return path_.empty(); }
  // Whether both are one file, by whatever names. What is a device takes both.
  [[nodiscard]] bool is_same_as(const TargetFile& other) const noexcept;

 private:
  // What a file is told by: its own numbers, or those of its folder and its name.
  struct Identity {
    dev_t device = 0;
    ino_t inode = 0;
    std::string name;
    friend bool operator==(const Identity&, const Identity&) = default;
  };

  TargetFile() = default;
  [[nodiscard]] Result<void> open_over(ExistingFile file);
  [[nodiscard]] Result<void> open_new();
  // Makes the part that is to take the place of `file`; false: it cannot.
  [[nodiscard]] bool make_replacement(const ExistingFile& file);
  // Gives the part the owner, group and permissions of `file`; false: it cannot.
  [[nodiscard]] bool take_after(const struct stat& file);
  [[nodiscard]] Result<void> write_in_place(int from);
  [[nodiscard]] int descriptor() const noexcept;
  [[nodiscard]] std::string shown() const;  // the path, for messages
  [[nodiscard]] tl::unexpected<Failure> failed(int error) const;

  std::string path_;  // as it was given; empty: standard output
  PeerOutput output_;
  std::optional<Identity> identity_;  // of a regular file
  Existing existing_ = Existing::replace;
  mode_t mode_ = 0;
  std::uint64_t size_ = 0;
  std::optional<PartFile> part_;
  posix::Descriptor spool_;     // in place of a part: what is to be written in place
  posix::Descriptor original_;  // the file, where it is there; a device without the other two
};

}  // namespace yodel::client
