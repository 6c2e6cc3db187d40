// Replies, errors and latencies over the time of a run.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace yodel::client {

// A bounded number of intervals of one length. When they would become too many, the length doubles.
class TimeSeries {
 public:
  struct Interval {
    std::uint64_t replies = 0;
    std::uint64_t errors = 0;
    std::chrono::nanoseconds longest{0};  // latency of a reply
    // Latencies in bins that grow by a ratio of 1.04 from 1 µs, up to the last that is not empty:
    // at most 2.3 kB, and 1.2 MB for all intervals.
    std::vector<std::uint32_t> bins;

    // Returns the latency that `percent` of the replies do not exceed, accurate to `precision`, or
    // std::nullopt if the replies are so few that not even one of them would lie beyond it.
    [[nodiscard]] std::optional<std::chrono::nanoseconds> percentile(double percent) const;
    void add(const Interval& other);
  };
  static constexpr double precision = 0.02;
  static constexpr std::size_t max_intervals = 512;

  // Count a reply or an error `at` this long after the start of the measurement; one before that
  // belongs to the first interval.
  void reply(std::chrono::nanoseconds at, std::chrono::nanoseconds latency);
  void error(std::chrono::nanoseconds at) { ++interval(at).errors; }
  void merge(const TimeSeries& other);

  [[nodiscard]] std::chrono::nanoseconds length() const noexcept { return length_; }
  [[nodiscard]] const std::vector<Interval>& intervals() const noexcept { return intervals_; }

 private:
  Interval& interval(std::chrono::nanoseconds at);
  void coarsen();

  std::chrono::nanoseconds length_ = std::chrono::milliseconds(100);
  std::vector<Interval> intervals_;
};

}  // namespace yodel::client
