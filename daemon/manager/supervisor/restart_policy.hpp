// When an acceptor that died, or could not be started, is started again.
#pragma once

#include <chrono>
#include <optional>

#include "posix/poll.hpp"

namespace yodel::manager {

// Returns whether an error, errno(3), is that of a system that is short of something, which may be
// there again soon.
[[nodiscard]] bool is_shortage(int error) noexcept;

// The first death is answered at once: connections wait. One that dies again soon is backed off
// from, twice as long each time; after max_deaths in a row it is given up. One that cannot be
// started, because the system is short of something, is backed off from too, but never given up.
class RestartPolicy {
 public:
  using Clock = posix::Clock;
  static constexpr int max_deaths = 10;
  static constexpr auto first_delay = std::chrono::milliseconds(100);
  static constexpr auto max_delay = std::chrono::seconds(5);
  // One that has lived so long has nothing to do with those before it.
  static constexpr auto forgiven_after = std::chrono::seconds(30);

  void started(Clock::time_point now) noexcept { started_ = now; }
  // The acceptor that started last serves.
  void served() noexcept { failures_ = 0; }
  // The acceptor that started last has died at `now`. Returns when to start another; std::nullopt:
  // never.
  [[nodiscard]] std::optional<Clock::time_point> died(Clock::time_point now) noexcept;
  // None could be started at `now`. Returns when to try again.
  [[nodiscard]] Clock::time_point not_started(Clock::time_point now) noexcept;

 private:
  Clock::time_point started_;
  int deaths_ = 0;    // in a row
  int failures_ = 0;  // to start, in a row
};

}  // namespace yodel::manager
