// A file that appears under its name once it is whole.
#pragma once

#include <cstdint>
#include <string>
#include <sys/types.h>

#include "client/failure.hpp"
#include "posix/descriptor.hpp"

namespace yodel::client {

// A temporary file in the folder of the file that it is to become. It goes when its owner does,
// and also when one of the signals ends the process that a user, a shell or a closed pipe sends
// (SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGXFSZ), signal(7): a handler removes it, and the
// signal then ends the process as it would have done. Signals that are ignored stay so. There may
// be two at a time.
class PartFile {
 public:
  // What is to happen where the name is taken once the file is whole.
  enum class Existing : std::uint8_t { replace, keep };

  // Makes an empty file ".yodel-XXXXXX.part" beside `path`, mkostemps(3), which only its owner may
  // read.
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

  // Gives it the permissions `mode`, brings it to the disk, fsync(2), and to its name, rename(2),
  // in one step. On failure what stood there is as it was.
  [[nodiscard]] Result<void> become_whole(mode_t mode, Existing existing);

 private:
  PartFile(posix::Descriptor file, std::string part, std::string path);
  // Its name has gone.
  void forget_part();

  posix::Descriptor file_;
  std::string part_;  // the temporary name; empty: there is nothing to remove
  std::string path_;
};

// `path`: what has gone wrong there, an errno(3).
[[nodiscard]] tl::unexpected<Failure> file_failure(const std::string& path, int error);

}  // namespace yodel::client
