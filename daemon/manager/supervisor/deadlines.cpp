#include "manager/supervisor/deadlines.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>

#include "protocol/launch.hpp"

namespace yodel::manager {

void SessionDeadlines::add(std::uint32_t revision, EndTimes times) {
  // Reloads within a second of each other share their times, so that a storm of reloads takes no
  // memory.
  constexpr auto shared = std::chrono::seconds(1);
  if (!planned_.empty()) {
    Planned& last = planned_.back();
    using Later = posix::Clock::duration;
    const Later later = times.end - last.times.end;
    if (last.next_signal == protocol::end_signal && later >= Later::zero() && later < shared) {
      last.below = revision;
      return;
    }
  }
  planned_.push_back({.below = revision, .times = times, .next_signal = protocol::end_signal});
}

std::optional<SessionDeadlines::Due> SessionDeadlines::take_due(posix::Clock::time_point now) {
  const auto found = std::find_if(planned_.begin(), planned_.end(),
                                  [&](const Planned& planned) { return planned.at() <= now; });
  if (found == planned_.end()) return std::nullopt;
  const Due due{.below = found->below, .signal = found->next_signal};
  switch (found->next_signal) {
    case protocol::end_signal: found->next_signal = protocol::hurry_signal; break;
    case protocol::hurry_signal: found->next_signal = SIGKILL; break;
    default: planned_.erase(found); break;
  }
  return due;
}

posix::Clock::time_point SessionDeadlines::Planned::at() const noexcept {
  switch (next_signal) {
    case protocol::end_signal: return times.end;
    case protocol::hurry_signal: return times.hurry;
    default: return times.kill;
  }
}

posix::Deadline SessionDeadlines::next() const noexcept {
  posix::Deadline next;
  for (const auto& planned : planned_)
    next = posix::earlier(next, planned.at());
  return next;
}

}  // namespace yodel::manager
