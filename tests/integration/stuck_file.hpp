// A file whose writes never return.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include "posix/descriptor.hpp"
#include "tests/integration/program.hpp"

namespace yodel::tests {

// A file system that the test serves, fuse(4), and that answers no write. As on a dead disk or a
// frozen file system, a process that writes does not end even on SIGKILL (state D), until hold_time
// is over or this object is destroyed: then all writes fail. It is mounted nowhere. A process
// forked meanwhile must close the descriptors that it inherits, which would keep the file system
// alive.
class StuckFile {
 public:
  // Returns whether this test may make one: that takes root and /dev/fuse.
  static bool can_be_made();

  // Throws std::system_error.
  StuckFile();
  StuckFile(const StuckFile&) = delete;
  StuckFile& operator=(const StuckFile&) = delete;
  StuckFile(StuckFile&&) = delete;
  StuckFile& operator=(StuckFile&&) = delete;
  ~StuckFile();

  // Returns the file, open for writing. This object still owns it.
  [[nodiscard]] int descriptor() const noexcept { return file_.get(); }

  // Returns whether a process has tried to write.
  [[nodiscard]] bool has_writer() const noexcept { return has_writer_; }
  // Longer than the tests wait, but limited: a process in state D must not stay when a test fails.
  static constexpr auto hold_time = 2 * patience;

 private:
  enum class Phase : std::uint8_t { hold, refuse, end };

  void enter(Phase phase);
  void serve();
  void handle_request();

  posix::Descriptor kernel_;  // /dev/fuse: requests come, answers go
  posix::Descriptor wake_;    // eventfd(2)
  posix::Descriptor mount_;
  posix::Descriptor file_;
  std::atomic<Phase> phase_ = Phase::hold;
  std::atomic<bool> has_writer_ = false;
  std::vector<std::uint64_t> held_{};  // numbers of requests
  std::thread thread_;
};

}  // namespace yodel::tests
