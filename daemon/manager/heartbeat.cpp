#include "manager/heartbeat.hpp"

#include <algorithm>

namespace yodel::manager {

Heartbeat::Heartbeat(std::optional<std::chrono::microseconds> watchdog) noexcept {
  if (!watchdog) return;
  answer_ = std::min(answer_, *watchdog / 2);
  interval_ = std::min(interval_, *watchdog / 4);
}

}  // namespace yodel::manager
