// When sessions with previous settings must end.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "posix/poll.hpp"

namespace yodel::manager {

struct EndTimes {
  posix::Clock::time_point end;    // end_signal: each ends once it owes no reply
  posix::Clock::time_point hurry;  // hurry_signal: each ends at once
  posix::Clock::time_point kill;   // SIGKILL
};

// The deadlines of one acceptor's sessions.
class SessionDeadlines {
 public:
  // Sets `times` for sessions of revisions below `revision`.
  void add(std::uint32_t revision, EndTimes times);

  struct Due {
    std::uint32_t below = 0;  // sessions of revisions below this one
    int signal = 0;           // get this signal
  };
  // Returns one signal that is due at `now`, or std::nullopt if there is none.
  [[nodiscard]] std::optional<Due> take_due(posix::Clock::time_point now);
  [[nodiscard]] posix::Deadline next() const noexcept;

 private:
  struct Planned {
    std::uint32_t below = 0;
    EndTimes times;
    int next_signal = 0;
    [[nodiscard]] posix::Clock::time_point at() const noexcept;
  };
  std::vector<Planned> planned_;
};

}  // namespace yodel::manager
