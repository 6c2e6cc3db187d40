// A file whose writes never return.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include "posix/descriptor.hpp"
#include "tests/integration/program.hpp"

namespace yodel::tests {

// A file on a file system of the test's own, fuse(4), which receives each write and does not answer
// it. As on a dead disk or a frozen file system, a process that writes is in state D, where even
// SIGKILL does not end it. All writes fail once hold_time has passed or this object is destroyed.
// The file system is mounted nowhere. A process that is forked meanwhile must close the descriptors
// that it inherits, because they keep the file system alive.
class StuckFile {
 public:
  // Returns whether this test may make one: it needs root and /dev/fuse.
  static bool can_be_made();

  // Throws std::system_error.
  StuckFile();
  StuckFile(const StuckFile&) = delete;
  StuckFile& operator=(const StuckFile&) = delete;
  StuckFile(StuckFile&&) = delete;
  StuckFile& operator=(StuckFile&&) = delete;
  ~StuckFile();

  // Returns the file, open for writing. This object owns it.
  [[nodiscard]] int descriptor() const noexcept { return file_.get(); }

  // Returns whether a process has tried to write.
  [[nodiscard]] bool has_writer() const noexcept { return has_writer_; }
  // Longer than the tests wait, and bounded, so that a failed test leaves no process in state D.
  static constexpr auto hold_time = 2 * patience;

 private:
  enum class Phase : std::uint8_t { hold, refuse, end };

  void enter(Phase phase);
  void serve();
  void handle_request();

  posix::Descriptor kernel_;  // /dev/fuse: requests in, answers out
  posix::Descriptor wake_;    // eventfd(2)
  posix::Descriptor mount_;
  posix::Descriptor file_;
  std::atomic<Phase> phase_ = Phase::hold;
  std::atomic<bool> has_writer_ = false;
  std::vector<std::uint64_t> held_{};  // the numbers of the writes that have no answer yet
  std::thread thread_;
};

}  // namespace yodel::tests
