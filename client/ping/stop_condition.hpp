// When a ping ends before its last probe: at Ctrl-C, or when its time is over. Ctrl-\ asks for the
// figures so far.
#pragma once

#include <functional>
#include <utility>

#include "client/terminal/interrupts.hpp"
#include "posix/poll.hpp"

namespace yodel::client::ping {

class StopCondition {
 public:
  // The ping ends at `end`, or at no set time if that is std::nullopt. wait() calls `on_quit` after
  // a SIGQUIT. Throws std::system_error if the signals cannot be caught.
  StopCondition(posix::Deadline end, std::function<void()> on_quit)
      : end_(end), on_quit_(std::move(on_quit)) {}

  // Returns whether SIGINT or SIGTERM has come, or the time is over.
  [[nodiscard]] bool is_met() noexcept;
  // Returns whether the time is over.
  [[nodiscard]] bool timed_out() const noexcept { return end_ && posix::Clock::now() >= *end_; }

  // Waits until `fd` is ready for `events`, poll(2), until `deadline`, or until the ping must end.
  // Returns the events that `fd` is ready for, without waiting if it already is; 0 for none. An
  // `fd` of -1 is never ready. Returns also when the socket `connecting`, unless that is -1, is
  // connected, or fails to.
  [[nodiscard]] short wait(int fd, short events, posix::Deadline deadline, int connecting = -1);

  // For callers that do not wait with wait(): a descriptor that is readable once SIGINT or SIGTERM
  // has come, and the time at which the ping ends.
  [[nodiscard]] int interrupt() const noexcept { return interrupts_.descriptor(); }
  [[nodiscard]] posix::Deadline end() const noexcept { return end_; }

 private:
  Interrupts interrupts_;
  Interrupts quit_signals_{SIGQUIT};
  posix::Deadline end_;
  std::function<void()> on_quit_;
};

}  // namespace yodel::client::ping
