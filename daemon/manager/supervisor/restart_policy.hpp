// Decides when to restart an acceptor that died or could not be started.
#pragma once

#include <chrono>
#include <optional>

#include "posix/poll.hpp"

namespace yodel::manager {

// Returns whether `error`, errno(3), means that the system is short of a resource, which may be
// temporary.
[[nodiscard]] bool is_shortage(int error) noexcept;

// Restarts at once after the first death, since connections are waiting. After further deaths in a
// row the delay doubles each time, and after max_deaths it gives up. After a failure to start,
// because the system is short of a resource, the delay doubles too, but it never gives up.
class RestartPolicy {
 public:
  using Clock = posix::Clock;
  static constexpr int max_deaths = 10;
  static constexpr auto first_delay = std::chrono::milliseconds(100);
  static constexpr auto max_delay = std::chrono::seconds(5);
  // A death after living this long counts as the first.
  static constexpr auto forgiven_after = std::chrono::seconds(30);

  // Call when an acceptor was started.
  void started(Clock::time_point now) noexcept { started_ = now; }
  // Call when the last acceptor that was started serves.
  void served() noexcept { failures_ = 0; }
  // Call when the last acceptor that was started has died. Returns when to start another, or
  // std::nullopt to give up.
  [[nodiscard]] std::optional<Clock::time_point> died(Clock::time_point now) noexcept;
  // Call when no acceptor could be started. Returns when to try again.
  [[nodiscard]] Clock::time_point not_started(Clock::time_point now) noexcept;

 private:
  Clock::time_point started_;
  int deaths_ = 0;    // in a row
  int failures_ = 0;  // to start, in a row
};

}  // namespace yodel::manager
