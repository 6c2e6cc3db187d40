// The end of a ping before its last probe: by Ctrl-C, or when its time is over. Ctrl-\ asks for the
// figures so far.
#pragma once

#include <functional>
#include <utility>

#include "client/terminal/interrupts.hpp"
#include "posix/poll.hpp"

namespace yodel::client::ping {

class StopCondition {
 public:
  // The ping ends at `end`; std::nullopt: at no time. wait() calls `on_quit` when SIGQUIT has come.
  // Throws std::system_error.
  StopCondition(posix::Deadline end, std::function<void()> on_quit)
      : end_(end), on_quit_(std::move(on_quit)) {}

  // Whether SIGINT or SIGTERM has come, or the time is over.
  [[nodiscard]] bool has_come() noexcept;
  // Whether it is the time that is over.
  [[nodiscard]] bool is_by_time() const noexcept { return end_ && posix::Clock::now() >= *end_; }

  // Waits until `fd` is ready for `events`, poll(2), or `deadline` or the end has come. Gives what
  // it is ready for, without waiting where it is so already; 0: nothing. An `fd` of -1 is never
  // ready.
  [[nodiscard]] short wait(int fd, short events, posix::Deadline deadline);

  // For those who wait by themselves: a descriptor that is readable once a signal has come, and the
  // time.
  [[nodiscard]] int interrupt() const noexcept { return interrupts_.descriptor(); }
  [[nodiscard]] posix::Deadline end() const noexcept { return end_; }

 private:
  Interrupts interrupts_;
  Interrupts questions_{SIGQUIT};
  posix::Deadline end_;
  std::function<void()> on_quit_;
};

}  // namespace yodel::client::ping
