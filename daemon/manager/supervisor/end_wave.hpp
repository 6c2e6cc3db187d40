// Tells sessions of an acceptor to end, some at a time.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>

#include "posix/poll.hpp"
#include "protocol/scoreboard.hpp"

namespace yodel::manager {

// A channel holds 555 events with a stock kernel's net.core.wmem_max. 15,000 sessions that end at
// once cannot all report in time: 2,000 of them gave up. So only so many are under way that there
// is room for what they and the acceptor have to say.
class EndWave {
 public:
  using Time = posix::Clock::time_point;
  using Tell = std::function<void(const protocol::ScoreboardEntry&, std::uint64_t number)>;
  static constexpr std::size_t max_under_way = 200;
  // Sessions that have not ended after that long do so in their own time: they owe a reply, or
  // their peers are slow.
  static constexpr std::chrono::milliseconds patience{50};
  // How often to look for those that have ended.
  static constexpr std::chrono::milliseconds interval{5};

  // Begins at `now`, with the first session. Tells those of a revision below `below`.
  void begin(std::uint32_t below, Time now) noexcept {
    *this = EndWave();
    below_ = below;
    progress_ = now;
    is_under_way_ = true;
  }
  // Calls `tell` for those on the scoreboard that may end now.
  void advance(protocol::Scoreboard scoreboard, Time now, const Tell& tell);
  // Returns whether some have not been told yet.
  [[nodiscard]] bool is_under_way() const noexcept { return is_under_way_; }
  // Returns when to call advance().
  [[nodiscard]] posix::Deadline next() const noexcept;

 private:
  std::uint32_t below_ = 0;
  std::size_t next_ = 0;       // of the entries
  std::size_t under_way_ = 0;  // sessions that were told and have not ended
  std::uint64_t running_ = 0;  // sessions at the last look
  Time progress_;              // when one had ended, or was told
  Time look_;
  bool is_under_way_ = false;
};

}  // namespace yodel::manager
