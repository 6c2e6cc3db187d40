// A file that appears under its name once it is complete.
#pragma once

#include <cstdint>
#include <string>
#include <sys/types.h>
#include <tl/expected.hpp>

#include "posix/descriptor.hpp"

namespace yodel::client {

// Where a file has its name. The folder is open, so that it stays the same one whatever happens to
// the path that led there.
struct Place {
  posix::Descriptor folder;  // O_PATH
  std::string name;
};

// A file without a name, O_TMPFILE of open(2), in the folder of the file that it is to become:
// however the process ends, nothing of it stays behind. On a file system without such files, or
// without /proc, by which it gets its name, it is ".yodel-XXXXXX.part", which the destructor
// removes, but which stays when a signal ends the process.
class PartFile {
 public:
  // The course to take if the name is taken when the file is complete.
  enum class Existing : std::uint8_t { replace, keep };

  // Creates an empty file in the folder of `place`, which only its owner may read. The error is an
  // errno(3), as all are in this class.
  [[nodiscard]] static tl::expected<PartFile, int> create(Place place);

  PartFile(PartFile&& other) noexcept;
  PartFile& operator=(PartFile&&) = delete;
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;
  ~PartFile();

  // Returns the descriptor to write to and to read from. This object still owns it.
  [[nodiscard]] int descriptor() const noexcept { return file_.get(); }

  // Sets the permissions to `mode`, flushes the file to disk, fsync(2), and then gives it its name
  // in one step. Returns 0, or an error: then what had the name is as it was.
  [[nodiscard]] int commit(mode_t mode, Existing existing);

 private:
  PartFile(posix::Descriptor file, std::string part, Place place);

  posix::Descriptor file_;
  std::string part_;  // the temporary name; empty if it has none
  Place place_;
};

}  // namespace yodel::client
