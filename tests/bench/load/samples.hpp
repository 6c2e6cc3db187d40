// Measured times and their percentiles.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "posix/poll.hpp"

namespace yodel::bench {

// Keeps every time, in eight bytes each, so the percentiles are exact.
class Samples {
 public:
  void add(posix::Clock::duration time) { times_.push_back(time); }

  // Returns {"count": 3, "p50": 1.5, "p99": 2.0, "max": 2.0}, in microseconds, by the nearest rank;
  // "null" if there are no times.
  [[nodiscard]] std::string json();

 private:
  std::vector<posix::Clock::duration> times_;
};

}  // namespace yodel::bench
