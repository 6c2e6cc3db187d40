#include "manager/supervisor/restart_policy.hpp"

#include <algorithm>

namespace yodel::manager {

std::optional<RestartPolicy::Clock::time_point> RestartPolicy::died(
    Clock::time_point now) noexcept {
  if (now - started_ >= forgiven_after) deaths_ = 0;
  ++deaths_;
  if (deaths_ == 1) return now;
  if (deaths_ > most_deaths) return std::nullopt;
  const Clock::duration delay = first_delay * (1 << (deaths_ - 2));
  return now + std::min<Clock::duration>(delay, longest_delay);
}

}  // namespace yodel::manager
