// Lengths of time, counted: their percentiles from bounded memory, however many there are.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace yodel::client {

// Counts in bins whose bounds are in the ratio 1.001, from 1 µs to 1 h. So a percentile is off by
// 0.05 % at the most, and takes no more than 180 kB of memory. What is shorter or longer counts in
// one more bin at each end. Number, least, greatest, mean and deviation are of the values
// themselves, and so are the percentiles of no more than max_exact values.
class LatencyHistogram {
 public:
  using Time = std::chrono::nanoseconds;
  // Of so many values each is kept, 8 kB: a percentile of a few is one of them.
  static constexpr std::size_t max_exact = 1000;
  // Of more, how far a percentile between 1 µs and 1 h may be from the value that it stands for, as
  // a part of that value.
  static constexpr double precision = 0.0005;

  // The values from `lower` on and below `upper`.
  struct Bin {
    Time lower{};
    Time upper{};
    std::uint64_t count = 0;
  };

  LatencyHistogram();

  // A negative time counts as 0.
  void record(Time time);
  // Adds all that `other` has recorded.
  void merge(const LatencyHistogram& other);

  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  // Each is 0 where nothing was recorded.
  [[nodiscard]] Time min() const noexcept { return min_; }
  [[nodiscard]] Time max() const noexcept { return max_; }
  [[nodiscard]] Time mean() const noexcept;
  // The standard deviation of all that was recorded, which ping(8) calls mdev.
  [[nodiscard]] Time deviation() const noexcept;
  // The least value that `percent` of all values do not exceed (the nearest rank), of more than
  // max_exact as its bin tells it: never below min() nor above max(). `percent` is above 0 and at
  // most 100.
  [[nodiscard]] Time percentile(double percent) const;

  // The bins that are not empty, from the shortest time on. The first and the last of all have the
  // least and the greatest value for their outer bound.
  [[nodiscard]] std::vector<Bin> bins() const;

 private:
  // What is in bin `index`.
  [[nodiscard]] Bin bin(std::size_t index) const;

  std::vector<std::uint64_t> counts_;
  std::vector<Time> values_;  // all of them, where count_ is not above max_exact
  std::uint64_t count_ = 0;
  Time min_{};
  Time max_{};
  // Of nanoseconds, by Welford's method (Technometrics 4:3, 1962): sums of squares of their own
  // would drown the deviation in the rounding.
  double mean_ = 0;
  double squares_ = 0;  // of the distances from the mean
};

}  // namespace yodel::client
