#include "client/measure/time_series.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace yodel::client {
namespace {

using std::chrono::nanoseconds;
using namespace std::chrono_literals;

constexpr nanoseconds min_binned = 1us;
constexpr nanoseconds max_binned = 1h;
constexpr double ratio = 1.04;

std::size_t bin_of(nanoseconds latency) {
  const auto binned = std::clamp(latency, min_binned, max_binned);
  const double times =
      static_cast<double>(binned.count()) / static_cast<double>(min_binned.count());
  static const double width = std::log(ratio);
  return static_cast<std::size_t>(std::log(times) / width);
}

// Returns the middle of bin `index`.
nanoseconds time_of(std::size_t index) {
  constexpr double half = 0.5;
  const double times = std::pow(ratio, static_cast<double>(index) + half);
  return nanoseconds(std::llround(times * static_cast<double>(min_binned.count())));
}

}  // namespace

std::optional<nanoseconds> TimeSeries::Interval::percentile(double percent) const {
  constexpr double whole = 100;
  // Of 100 replies exactly one lies beyond the 99th percentile, whatever the rounding.
  constexpr double rounding = 1e-9;
  const auto all = static_cast<double>(replies);
  const double rank = all * percent / whole;
  if (all - rank < 1 - rounding) return std::nullopt;
  double passed = 0;
  for (std::size_t i = 0; i < bins.size(); ++i) {
    passed += bins[i];
    if (passed > 0 && passed >= rank) return std::min(time_of(i), longest);
  }
  return longest;
}

void TimeSeries::Interval::add(const Interval& other) {
  replies += other.replies;
  errors += other.errors;
  longest = std::max(longest, other.longest);
  bins.resize(std::max(bins.size(), other.bins.size()));
  for (std::size_t i = 0; i < other.bins.size(); ++i)
    bins[i] += other.bins[i];
}

void TimeSeries::reply(std::chrono::nanoseconds at, std::chrono::nanoseconds latency) {
  Interval& now = interval(at);
  ++now.replies;
  now.longest = std::max(now.longest, latency);
  const auto bin = bin_of(latency);
  if (bin >= now.bins.size()) now.bins.resize(bin + 1);
  ++now.bins[bin];
}

TimeSeries::Interval& TimeSeries::interval(std::chrono::nanoseconds at) {
  const auto index = [&] {
    return static_cast<std::size_t>(std::max(at, std::chrono::nanoseconds(0)) / length_);
  };
  while (index() >= max_intervals)
    coarsen();
  if (index() >= intervals_.size()) intervals_.resize(index() + 1);
  return intervals_[index()];
}

void TimeSeries::coarsen() {
  for (std::size_t i = 1; i < intervals_.size(); ++i) {
    if (i % 2 == 0) {
      intervals_[i / 2] = std::move(intervals_[i]);
    } else {
      intervals_[i / 2].add(intervals_[i]);
    }
  }
  intervals_.resize((intervals_.size() + 1) / 2);
  length_ *= 2;
}

void TimeSeries::merge(const TimeSeries& other) {
  TimeSeries finer = other;
  while (finer.length_ < length_)
    finer.coarsen();
  while (length_ < finer.length_)
    coarsen();
  intervals_.resize(std::max(intervals_.size(), finer.intervals_.size()));
  for (std::size_t i = 0; i < finer.intervals_.size(); ++i)
    intervals_[i].add(finer.intervals_[i]);
}

}  // namespace yodel::client
