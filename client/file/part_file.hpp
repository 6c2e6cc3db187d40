// A file that appears under its name once it is whole.
#pragma once

#include <cstdint>
#include <string>
#include <sys/types.h>

#include "client/failure.hpp"
#include "posix/descriptor.hpp"

namespace yodel::client {

// A file without a name, O_TMPFILE of open(2), in the folder of the file that it is to become:
// however the process ends, nothing of it stays behind. Where a file system knows no such file, or
// /proc is not there to name it by, it is ".yodel-XXXXXX.part", which goes with its owner but stays
// when a signal ends the process.
class PartFile {
 public:
  // What is to happen where the name is taken once the file is whole.
  enum class Existing : std::uint8_t { replace, keep };

  // Makes an empty file in the folder of `path`, which only its owner may read.
  [[nodiscard]] static Result<PartFile> create(std::string path);

  PartFile(PartFile&& other) noexcept;
  PartFile& operator=(PartFile&&) = delete;
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;
  ~PartFile();

  // To write to; still owned here.
  [[nodiscard]] int descriptor() const noexcept { return file_.get(); }
  // What the file is to become.
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

  // Gives it the permissions `mode`, brings it to the disk, fsync(2), and to its name, in one step.
  // On failure what stood there is as it was.
  [[nodiscard]] Result<void> become_whole(mode_t mode, Existing existing);

 private:
  PartFile(posix::Descriptor file, std::string part, std::string path);

  posix::Descriptor file_;
  std::string part_;  // the temporary name; empty: it has none
  std::string path_;
};

// `path`: what has gone wrong there, an errno(3).
[[nodiscard]] tl::unexpected<Failure> file_failure(const std::string& path, int error);

}  // namespace yodel::client
