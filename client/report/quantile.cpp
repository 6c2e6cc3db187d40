#include "client/report/quantile.hpp"

#include <algorithm>
#include <cmath>

namespace yodel::client {

double time_of(const LatencyRecord& times, const LatencyRecord::Bin& bin, double precision) {
  return std::clamp(bin.upper * (1 - precision), times.min(), times.max());
}

double time_at(const LatencyRecord& times, double rank, double precision) {
  std::uint64_t passed = 0;
  for (const auto& bin : times.bins) {
    passed += bin.count;
    if (static_cast<double>(passed) >= rank) return time_of(times, bin, precision);
  }
  return times.max();
}

Range range_of_percentile(const LatencyRecord& times, double percent, double precision) {
  constexpr double whole = 100;
  constexpr double deviations = 2;
  const auto count = static_cast<double>(times.count);
  const double part = percent / whole;
  const double scatter = deviations * std::sqrt(count * part * (1 - part));
  return {.low = time_at(times, std::floor(count * part - scatter), precision),
          .high = time_at(times, std::ceil(count * part + scatter) + 1, precision)};
}

}  // namespace yodel::client
