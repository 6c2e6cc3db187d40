#include "manager/supervisor/end_wave.hpp"

#include <algorithm>

namespace yodel::manager {

void EndWave::advance(protocol::Scoreboard scoreboard, Time now, const Send& send) {
  const std::uint64_t running = scoreboard.header().running;
  if (running < running_) {
    under_way_ -= std::min<std::uint64_t>(under_way_, running_ - running);
    progress_ = now;
  }
  running_ = running;
  check_ = now;
  if (now >= progress_ + patience) under_way_ = 0;
  const auto entries = scoreboard.used_entries();
  for (; next_ < entries.size() && under_way_ < max_under_way; ++next_) {
    const auto& entry = entries[next_];
    const std::uint64_t number = entry.number;
    if (number == 0 || entry.pid <= 0 || entry.revision >= below_) continue;
    send(entry, number);
    ++under_way_;
    progress_ = now;
  }
  is_under_way_ = next_ < entries.size();
}

posix::Deadline EndWave::next() const noexcept {
  if (!is_under_way_) return std::nullopt;
  return check_ + interval;
}

}  // namespace yodel::manager
