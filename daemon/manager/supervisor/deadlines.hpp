// When sessions that go by previous settings are told to end.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "posix/poll.hpp"

namespace yodel::manager {

struct EndTimes {
  posix::Clock::time_point end;    // as soon as they owe no reply
  posix::Clock::time_point hurry;  // now
  posix::Clock::time_point kill;
};

// Of one acceptor.
class SessionDeadlines {
 public:
  // Sessions of a revision below `revision` have these times.
  void add(std::uint32_t revision, EndTimes times);

  struct Due {
    std::uint32_t below = 0;  // the revision
    int signal = 0;           // what such sessions get
  };
  // Returns what is due at `now`, one at a call, or std::nullopt if nothing is.
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
