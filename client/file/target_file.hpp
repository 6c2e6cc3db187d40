// A file that is written for somebody who has named it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>

#include "client/failure.hpp"
#include "client/file/part_file.hpp"
#include "posix/descriptor.hpp"

namespace yodel::client {

// Standard output, a file that appears once it is whole, or what cannot be renamed over because it
// is no regular file: a device, a FIFO.
class TargetFile {
 public:
  using Existing = PartFile::Existing;

  [[nodiscard]] static TargetFile standard_output() { return {}; }
  // Gets ready to write the file `path`: what stands there stays as it is until commit().
  // Existing::keep: it is a failure where anything stands there, now or in the end. A symbolic link
  // is followed where it may be replaced, and a file that may not be written is not replaced.
  [[nodiscard]] static Result<TargetFile> open(const std::string& path, Existing existing);

  [[nodiscard]] Result<void> write(std::string_view bytes);
  // All has been written: the file takes its name. What is not committed goes, but for what went to
  // standard output or to a device already.
  [[nodiscard]] Result<void> commit();

  // How many bytes were written.
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  // The file's path as it was given; empty: standard output.
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  TargetFile() = default;

  [[nodiscard]] Result<void> open_existing(const std::string& path);

  std::string path_;
  std::optional<PartFile> part_;
  posix::Descriptor device_;
  mode_t mode_ = 0;
  Existing existing_ = Existing::replace;
  std::uint64_t size_ = 0;
};

}  // namespace yodel::client
