#include "load/samples.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <fmt/format.h>

namespace yodel::bench {

std::string Samples::json() {
  if (times_.empty()) return "null";
  std::sort(times_.begin(), times_.end());
  const auto percentile = [this](double share) {
    const auto rank =
        static_cast<std::size_t>(std::ceil(share * static_cast<double>(times_.size())));
    return std::chrono::duration<double, std::micro>(times_[std::max<std::size_t>(rank, 1) - 1])
        .count();
  };
  return fmt::format(R"({{"count": {}, "p50": {:.2f}, "p99": {:.2f}, "max": {:.2f}}})",
                     times_.size(), percentile(0.5), percentile(0.99), percentile(1));
}

}  // namespace yodel::bench
