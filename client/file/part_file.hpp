// A file that appears under its name once it is whole.
#pragma once

#include <cstdint>
#include <string>
#include <sys/types.h>
#include <tl/expected.hpp>

#include "posix/descriptor.hpp"

namespace yodel::client {

// Where a file has its name: an open folder, so that the name stays in that one whatever happens to
// the path that led there.
struct Place {
  posix::Descriptor folder;  // O_PATH
  std::string name;
};

// A file without a name, O_TMPFILE of open(2), in the folder of the file that it is to become:
// however the process ends, nothing of it stays behind. Where a file system knows no such file, or
// /proc is not there to name it by, it is ".yodel-XXXXXX.part", which goes with its owner but stays
// when a signal ends the process.
class PartFile {
 public:
  // What is to happen where the name is taken once the file is whole.
  enum class Existing : std::uint8_t { replace, keep };

  // Makes an empty file in the folder of `place`, which only its owner may read. The error is an
  // errno(3), as all here are.
  [[nodiscard]] static tl::expected<PartFile, int> create(Place place);

  PartFile(PartFile&& other) noexcept;
  PartFile& operator=(PartFile&&) = delete;
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;
  ~PartFile();

  // To write to and to read from; still owned here.
  [[nodiscard]] int descriptor() const noexcept { return file_.get(); }

  // Gives it the permissions `mode`, brings it to the disk, fsync(2), and to its name, in one step.
  // Returns 0 or why it could not be done: what stood there is as it was then.
  [[nodiscard]] int become_whole(mode_t mode, Existing existing);

 private:
  PartFile(posix::Descriptor file, std::string part, Place place);

  posix::Descriptor file_;
  std::string part_;  // the temporary name; empty: it has none
  Place place_;
};

}  // namespace yodel::client
