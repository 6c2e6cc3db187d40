// Signals the sessions of an acceptor to end, a limited number at a time.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>

#include "posix/poll.hpp"
#include "protocol/scoreboard.hpp"

namespace yodel::manager {

// With a stock kernel's net.core.wmem_max, 212,992 bytes, a channel holds 555 events. Of 15,000
// sessions that ended at once, 2,000 could not send their reports in time and gave up. So at most
// max_under_way are ending at a time, which leaves room for their events and the acceptor's.
class EndWave {
 public:
  using Time = posix::Clock::time_point;
  using Send = std::function<void(const protocol::ScoreboardEntry&, std::uint64_t number)>;
  static constexpr std::size_t max_under_way = 200;
  // Sessions that take longer than this are not waited for: they owe a reply, or their peers are
  // slow.
  static constexpr std::chrono::milliseconds patience{50};
  // How often to check how many have ended.
  static constexpr std::chrono::milliseconds interval{5};

  // Starts at `now` with the first entry. Signals sessions of revisions below `below`.
  void begin(std::uint32_t below, Time now) noexcept {
    *this = EndWave();
    below_ = below;
    progress_ = now;
    is_under_way_ = true;
  }
  // Calls `send` for each session on the scoreboard that may end now.
  void advance(protocol::Scoreboard scoreboard, Time now, const Send& send);
  // Returns whether some sessions have not been signalled yet.
  [[nodiscard]] bool is_under_way() const noexcept { return is_under_way_; }
  // Returns when to call advance().
  [[nodiscard]] posix::Deadline next() const noexcept;

 private:
  std::uint32_t below_ = 0;
  std::size_t next_ = 0;       // index of the next entry
  std::size_t under_way_ = 0;  // sessions that were signalled and have not ended
  std::uint64_t running_ = 0;  // sessions at the last check
  Time progress_;              // when a session last ended or was signalled
  Time check_;                 // when advance() was last called
  bool is_under_way_ = false;
};

}  // namespace yodel::manager
