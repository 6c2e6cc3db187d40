// The processor time of a thread.
#pragma once

#include <chrono>

namespace yodel::client::bench {

// The processor time that this thread has taken, and how long it was ready to run but did not.
struct ProcessorTime {
  std::chrono::nanoseconds busy{0};
  std::chrono::nanoseconds waited{0};
};
[[nodiscard]] ProcessorTime processor_time();

}  // namespace yodel::client::bench
