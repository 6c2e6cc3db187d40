// How often the manager pings its acceptors and systemd's watchdog.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

#include "posix/poll.hpp"

namespace yodel::manager {

class Heartbeat {
 public:
  // The longest time for an acceptor to answer a ping, and between two pings.
  static constexpr std::chrono::milliseconds max_pong_wait{5000};
  static constexpr std::chrono::milliseconds max_interval{2000};

  // `watchdog` is systemd's watchdog timeout, std::nullopt if it has none. Both times are reduced
  // so that an acceptor that does not answer is replaced well before that timeout.
  explicit Heartbeat(std::optional<std::chrono::microseconds> watchdog) noexcept {
    if (!watchdog) return;
    pong_wait_ = std::min(pong_wait_, *watchdog / 2);
    interval_ = std::min(interval_, *watchdog / 4);
  }

  // Returns when an acceptor that is pinged at `now` must have answered.
  [[nodiscard]] posix::Clock::time_point pong_deadline(
      posix::Clock::time_point now) const noexcept {
    return now + pong_wait_;
  }
  // Returns when to ping next: the acceptors and systemd.
  [[nodiscard]] posix::Clock::time_point next() const noexcept { return next_; }
  // Call when the pings of `now` are sent.
  void beat(posix::Clock::time_point now) noexcept { next_ = now + interval_; }

 private:
  std::chrono::microseconds pong_wait_ = max_pong_wait;
  std::chrono::microseconds interval_ = max_interval;
  posix::Clock::time_point next_;
};

}  // namespace yodel::manager
