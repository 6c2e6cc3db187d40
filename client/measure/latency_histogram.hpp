// Counts latencies and computes their percentiles in bounded memory, however many there are.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace yodel::client {

// A histogram whose bins grow by a ratio of 1.001, from 1 µs to 1 h, with one more bin at each end
// for times beyond that. Between 1 µs and 1 h a percentile is off by at most 0.05 %; the bins take
// 180 kB. Count, minimum, maximum, mean and deviation are exact, and so are the percentiles of up
// to max_exact values.
class LatencyHistogram {
 public:
  using Time = std::chrono::nanoseconds;
  // Up to this many values are kept themselves, 8 kB, so that their percentiles are exact.
  static constexpr std::size_t max_exact = 1000;
  // The relative error of a percentile of more values, between 1 µs and 1 h.
  static constexpr double precision = 0.0005;

  // The count of the values in [lower, upper).
  struct Bin {
    Time lower{};
    Time upper{};
    std::uint64_t count = 0;
  };

  LatencyHistogram();

  // Records a time; a negative one as 0.
  void record(Time time);
  // Adds the values that `other` has recorded.
  void merge(const LatencyHistogram& other);

  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  // These return 0 if nothing was recorded.
  [[nodiscard]] Time min() const noexcept { return min_; }
  [[nodiscard]] Time max() const noexcept { return max_; }
  [[nodiscard]] Time mean() const noexcept;
  // Returns the standard deviation, which ping(8) calls mdev.
  [[nodiscard]] Time deviation() const noexcept;
  // Returns the smallest value that `percent` of all values do not exceed (the nearest rank); of
  // more than max_exact values, the middle of its bin, but never below min() or above max().
  // `percent` is above 0 and at most 100.
  [[nodiscard]] Time percentile(double percent) const;

  // Returns the bins that are not empty, in ascending order. The outer bound of the two end bins is
  // min() or max().
  [[nodiscard]] std::vector<Bin> bins() const;

 private:
  // Returns bin `index`.
  [[nodiscard]] Bin bin(std::size_t index) const;

  std::vector<std::uint64_t> counts_;
  std::vector<Time> values_;  // all of them while there are at most max_exact
  std::uint64_t count_ = 0;
  Time min_{};
  Time max_{};
  // In nanoseconds, by Welford's method (Technometrics 4:3, 1962): the difference of two plain sums
  // of squares would lose the deviation to rounding.
  double mean_ = 0;
  double squares_ = 0;  // sum of the squared distances from the mean
};

}  // namespace yodel::client
