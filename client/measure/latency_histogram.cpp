#include "client/measure/latency_histogram.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>

namespace yodel::client {
namespace {

using Time = LatencyHistogram::Time;
using namespace std::chrono_literals;

constexpr Time min_binned = 1us;
constexpr Time max_binned = 1h;
constexpr double ratio = 1.001;

double number(Time time) {
  return static_cast<double>(time.count());
}

Time rounded(double nanoseconds) {
  return Time(std::llround(nanoseconds));
}

// The bins between them are even on a logarithmic scale: each grows by `ratio` or a little less.
const double log_range = std::log(number(max_binned) / number(min_binned));
const auto bins_on_scale = static_cast<std::size_t>(std::ceil(log_range / std::log(ratio)));

// Returns the index of the bin for `time`: 0 below the scale, bins_on_scale + 1 above it.
std::size_t bin_of(Time time) {
  const double place = std::log(number(time) / number(min_binned)) / log_range;
  if (!(place >= 0)) return 0;
  if (place >= 1) return bins_on_scale + 1;
  return 1 + static_cast<std::size_t>(place * static_cast<double>(bins_on_scale));
}

// Returns the lower bound of bin `index`, which is not 0.
Time lower_bound(std::size_t index) {
  const double place = static_cast<double>(index - 1) / static_cast<double>(bins_on_scale);
  return rounded(number(min_binned) * std::exp(place * log_range));
}

}  // namespace

LatencyHistogram::LatencyHistogram() : counts_(bins_on_scale + 2) {}

void LatencyHistogram::record(Time time) {
  time = std::max(time, Time::zero());
  min_ = count_ == 0 ? time : std::min(min_, time);
  max_ = std::max(max_, time);
  if (++count_ <= max_exact) values_.push_back(time);
  ++counts_[bin_of(time)];
  const double distance = number(time) - mean_;
  mean_ += distance / static_cast<double>(count_);
  squares_ += distance * (number(time) - mean_);
}

void LatencyHistogram::merge(const LatencyHistogram& other) {
  if (other.count_ == 0) return;
  min_ = count_ == 0 ? other.min_ : std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
  const auto own = static_cast<double>(count_);
  const auto others = static_cast<double>(other.count_);
  const double distance = other.mean_ - mean_;
  mean_ += distance * others / (own + others);
  squares_ += other.squares_ + distance * distance * own * others / (own + others);
  count_ += other.count_;
  if (count_ <= max_exact) {
    values_.insert(values_.end(), other.values_.begin(), other.values_.end());
  }
  std::transform(counts_.begin(), counts_.end(), other.counts_.begin(), counts_.begin(),
                 std::plus<>());
}

Time LatencyHistogram::mean() const noexcept {
  return rounded(mean_);
}

Time LatencyHistogram::deviation() const noexcept {
  return count_ == 0 ? Time::zero() : rounded(std::sqrt(squares_ / static_cast<double>(count_)));
}

Time LatencyHistogram::percentile(double percent) const {
  constexpr double whole = 100;
  // A double cannot hold 99.9 exactly: do not round a rank up because of that error.
  constexpr double rounding = 1e-12;
  const double rank = std::ceil(static_cast<double>(count_) * percent / whole * (1 - rounding));
  if (count_ > 0 && count_ <= max_exact) {
    auto values = values_;
    const auto at = values.begin() + static_cast<std::ptrdiff_t>(std::max(rank, 1.0)) - 1;
    std::nth_element(values.begin(), at, values.end());
    return *at;
  }
  std::uint64_t passed = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    passed += counts_[i];
    if (counts_[i] == 0 || static_cast<double>(passed) < rank) continue;
    const Bin found = bin(i);
    const Time middle = rounded(std::sqrt(number(found.lower) * number(found.upper)));
    return std::clamp(middle, min_, max_);
  }
  return max_;
}

LatencyHistogram::Bin LatencyHistogram::bin(std::size_t index) const {
  const bool first = index == 0;
  const bool last = index + 1 == counts_.size();
  return {.lower = first ? min_ : lower_bound(index),
          .upper = last ? max_ : lower_bound(index + 1),
          .count = counts_[index]};
}

std::vector<LatencyHistogram::Bin> LatencyHistogram::bins() const {
  std::vector<Bin> found;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    if (counts_[i] != 0) found.push_back(bin(i));
  }
  return found;
}

}  // namespace yodel::client
