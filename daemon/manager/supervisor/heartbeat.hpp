// Who shows signs of life to whom, and how often: acceptors to the manager, the manager to systemd.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

#include "posix/poll.hpp"

namespace yodel::manager {

class Heartbeat {
 public:
  // What an acceptor gets to answer, and what passes between two questions, at most.
  static constexpr std::chrono::milliseconds max_pong_wait{5000};
  static constexpr std::chrono::milliseconds max_interval{2000};

  // `watchdog` is how soon after another systemd awaits a sign of life; nullopt: it awaits none. An
  // acceptor that does not answer is to be replaced well within that time.
  explicit Heartbeat(std::optional<std::chrono::microseconds> watchdog) noexcept {
    if (!watchdog) return;
    pong_wait_ = std::min(pong_wait_, *watchdog / 2);
    interval_ = std::min(interval_, *watchdog / 4);
  }

  // What an acceptor that is asked now has to answer by.
  [[nodiscard]] posix::Clock::time_point pong_deadline(
      posix::Clock::time_point now) const noexcept {
    return now + pong_wait_;
  }
  // The next time to ask, and to show systemd a sign of life.
  [[nodiscard]] posix::Clock::time_point next() const noexcept { return next_; }
  void beat(posix::Clock::time_point now) noexcept { next_ = now + interval_; }

 private:
  std::chrono::microseconds pong_wait_ = max_pong_wait;
  std::chrono::microseconds interval_ = max_interval;
  posix::Clock::time_point next_;
};

}  // namespace yodel::manager
