// The processor time of a thread.
#pragma once

#include <chrono>

namespace yodel::client::bench {

// The processor time that a thread has used, and how long it was runnable but waited for a
// processor.
struct ProcessorTime {
  std::chrono::nanoseconds busy{0};
  std::chrono::nanoseconds waited{0};
};
// Returns those of the calling thread so far.
[[nodiscard]] ProcessorTime processor_time();

}  // namespace yodel::client::bench
