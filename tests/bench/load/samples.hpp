// Times that were measured, and their percentiles.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "posix/poll.hpp"

namespace yodel::bench {

// Keeps every time: exact percentiles, eight bytes each.
class Samples {
 public:
  void add(posix::Clock::duration time) { times_.push_back(time); }

  // {"count": 3, "p50": 1.5, "p99": 2.0, "max": 2.0}, in microseconds; null: there is none. By the
  // nearest rank.
  [[nodiscard]] std::string json();

 private:
  std::vector<posix::Clock::duration> times_;
};

}  // namespace yodel::bench
