// When no answer came, and for how long. Pure: the caller says what time it is.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "client/ping/statistics.hpp"
#include "posix/poll.hpp"

namespace yodel::client::ping {

using WallClock = std::chrono::system_clock;

// One moment by two clocks: lengths are measured by the one that nobody can set, and the other one
// can be compared with logs.
struct Moment {
  posix::Clock::time_point time;
  WallClock::time_point wall;

  [[nodiscard]] static Moment now() { return {posix::Clock::now(), WallClock::now()}; }
  // Returns `earlier` by the wall clock as it is set at this moment.
  [[nodiscard]] WallClock::time_point wall_at(posix::Clock::time_point earlier) const {
    return wall - std::chrono::duration_cast<WallClock::duration>(time - earlier);
  }
};

struct Outage {
  WallClock::time_point from;               // when the first request without an answer was sent
  std::optional<WallClock::time_point> to;  // when the next answer came; std::nullopt: none has
  std::chrono::nanoseconds length{};
  std::uint64_t lost = 0;  // probes that were sent in it
};

// At most this many outages are kept: the last one, and of the others the longest.
constexpr std::size_t max_kept_outages = 100;

struct OutageFigures {
  std::uint64_t count = 0;
  std::chrono::nanoseconds total{};
  std::vector<Outage> longest;  // in the order of time; the last one may not be over

  // Returns the longest one. There must be one.
  [[nodiscard]] const Outage& maximum() const;
  // Returns whether the last one is over, or there is none.
  [[nodiscard]] bool is_over() const noexcept { return longest.empty() || longest.back().to; }
};

// An outage begins when the first request or connect was sent that got no answer, and ends with the
// first answer after it. There are two kinds:
//
//   - The path does not answer: not even connects, whatever the server does. A probe may survive
//     this, since the kernel repeats what was lost, but its answer comes late: an established
//     connection repeats 0.2, 0.6, 1.4, 3.0 and 6.2 s after the first sending, so 3 s look like 6.
//     The outage ends as soon as a connect is answered.
//   - A probe is lost in any other way. Connects that succeed prove nothing then, because the
//     kernel accepts them for a server that hangs. The outage ends with the answer to a probe.
class Outages {
 public:
  // Reports the outcome of a probe that was sent at `sent`.
  void add(const Outcome& outcome, posix::Clock::time_point sent, const Moment& now);
  // Reports that a request or connect sent at `since` has had no answer, and neither has a connect
  // since.
  void path_is_silent(posix::Clock::time_point since, const Moment& now);
  // Reports that a connect was answered.
  void path_answers(const Moment& now);

  [[nodiscard]] bool is_open() const noexcept { return open_.has_value(); }
  // Returns the figures, in which an outage that is not over lasts until `now`.
  [[nodiscard]] OutageFigures figures(const Moment& now) const;

 private:
  struct Open {
    Outage outage;
    posix::Clock::time_point since;
    bool of_path = false;
  };

  void add_lost(bool is_cause, posix::Clock::time_point sent, const Moment& now);
  void begin(posix::Clock::time_point since, bool of_path, const Moment& now);
  void end(const Moment& now);

  std::optional<Open> open_;
  posix::Deadline last_end_;  // of the last outage that is over
  OutageFigures over_;
};

}  // namespace yodel::client::ping
