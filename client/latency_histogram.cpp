#include "client/latency_histogram.hpp"

#include <algorithm>
#include <boost/histogram/axis/regular.hpp>
#include <cmath>
#include <cstddef>
#include <functional>

namespace yodel::client {
namespace {

using Time = LatencyHistogram::Time;
using namespace std::chrono_literals;
namespace axis = boost::histogram::axis;

// Its index is -1 for what is too short and size() for what is too long.
using Axis = axis::regular<double, axis::transform::log>;

constexpr Time shortest = 1us;
constexpr Time longest = 1h;
constexpr double ratio = 1.001;

double number(Time time) {
  return static_cast<double>(time.count());
}

Time rounded(double nanoseconds) {
  return Time(std::llround(nanoseconds));
}

const Axis& scale() {
  static const Axis axis(static_cast<unsigned>(std::ceil(
                             std::log(number(longest) / number(shortest)) / std::log(ratio))),
                         number(shortest), number(longest));
  return axis;
}

}  // namespace

LatencyHistogram::LatencyHistogram() : counts_(static_cast<std::size_t>(scale().size()) + 2) {}

void LatencyHistogram::record(Time time) {
  time = std::max(time, Time::zero());
  min_ = count_ == 0 ? time : std::min(min_, time);
  max_ = std::max(max_, time);
  ++count_;
  const int bin = scale().index(number(time)) + 1;
  ++counts_[static_cast<std::size_t>(bin)];
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
  const double rank = std::ceil(static_cast<double>(count_) * percent / whole);
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
  const auto place = static_cast<int>(index) - 1;
  const bool first = index == 0;
  const bool last = index + 1 == counts_.size();
  return {.lower = first ? min_ : rounded(scale().value(place)),
          .upper = last ? max_ : rounded(scale().value(place + 1)),
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
