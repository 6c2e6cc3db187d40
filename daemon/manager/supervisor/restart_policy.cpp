#include "manager/supervisor/restart_policy.hpp"

#include <algorithm>
#include <cerrno>

namespace yodel::manager {
namespace {

// Returns the delay after `others` earlier ones: each is twice as long as the last.
RestartPolicy::Clock::duration delay(int others) noexcept {
  constexpr int max_doublings = 6;  // 6.4 s: more than max_delay
  const RestartPolicy::Clock::duration doubled =
      RestartPolicy::first_delay * (1 << std::min(others, max_doublings));
  return std::min<RestartPolicy::Clock::duration>(doubled, RestartPolicy::max_delay);
}

}  // namespace

bool is_shortage(int error) noexcept {
  return error == ENOMEM || error == EAGAIN || error == EMFILE || error == ENFILE ||
         error == ENOSPC;
}

std::optional<RestartPolicy::Clock::time_point> RestartPolicy::died(
    Clock::time_point now) noexcept {
  if (now - started_ >= forgiven_after) deaths_ = 0;
  ++deaths_;
  if (deaths_ == 1) return now;
  if (deaths_ > max_deaths) return std::nullopt;
  return now + delay(deaths_ - 2);
}

RestartPolicy::Clock::time_point RestartPolicy::not_started(Clock::time_point now) noexcept {
  const auto again = now + delay(failures_);
  failures_ = std::min(failures_ + 1, max_deaths);
  return again;
}

}  // namespace yodel::manager
