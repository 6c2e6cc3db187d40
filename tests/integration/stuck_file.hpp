// A file whose writes never return.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include "posix/descriptor.hpp"
#include "tests/integration/program.hpp"

namespace yodel::tests {

// A file system of the test's own, fuse(4), which takes each write and does not answer. As on a
// dead disk or a frozen file system, whoever writes does not end on SIGKILL (state D),
// until hold_time is over or this goes: then all writes fail. It is mounted nowhere. A process that
// is forked while it is there must close what it inherits: it would keep the file system alive.
class StuckFile {
 public:
  // Returns whether this test may make one: for root, where there is /dev/fuse.
  static bool can_be_made();

  // Throws std::system_error.
  StuckFile();
  StuckFile(const StuckFile&) = delete;
  StuckFile& operator=(const StuckFile&) = delete;
  StuckFile(StuckFile&&) = delete;
  StuckFile& operator=(StuckFile&&) = delete;
  ~StuckFile();

  // Returns the file, open for writing. It stays this object's own.
  [[nodiscard]] int descriptor() const noexcept { return file_.get(); }

  // Returns whether somebody has tried to write.
  [[nodiscard]] bool has_writer() const noexcept { return has_writer_; }
  // Beyond what the tests wait for: a process in state D must not stay when a test fails.
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
