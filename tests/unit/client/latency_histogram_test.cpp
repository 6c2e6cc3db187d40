// The client's latency histogram, checked against the values themselves.
#include "client/measure/latency_histogram.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <gtest/gtest.h>
#include <random>
#include <vector>

namespace yodel::client {
namespace {

using namespace std::chrono_literals;
using Time = LatencyHistogram::Time;

// Returns times from a microsecond to many minutes, most of them short, as latencies are.
std::vector<Time> sample(unsigned seed, std::size_t size) {
  std::mt19937_64 random(seed);
  std::lognormal_distribution<double> nanoseconds(12, 2.5);
  std::vector<Time> times(size);
  for (auto& time : times)
    time = std::clamp(Time(std::llround(nanoseconds(random))), Time(1us), Time(59min));
  return times;
}

LatencyHistogram recorded(const std::vector<Time>& times) {
  LatencyHistogram histogram;
  for (const auto time : times)
    histogram.record(time);
  return histogram;
}

double number(Time time) {
  return static_cast<double>(time.count());
}

Time exact_percentile(const std::vector<Time>& sorted, double percent) {
  const auto rank = std::ceil(static_cast<double>(sorted.size()) * percent / 100);
  return sorted[static_cast<std::size_t>(rank) - 1];
}

void expect_percentiles(const LatencyHistogram& histogram, std::vector<Time> times) {
  std::sort(times.begin(), times.end());
  for (const double percent : {0.1, 1.0, 10.0, 50.0, 90.0, 99.0, 99.9, 100.0}) {
    const double exact = number(exact_percentile(times, percent));
    // Add 1 because both bounds of a bin and its middle are rounded to whole nanoseconds.
    EXPECT_NEAR(number(histogram.percentile(percent)), exact,
                exact * LatencyHistogram::precision + 1)
        << percent << " % of " << times.size();
  }
}

void expect_mean_and_deviation(const LatencyHistogram& histogram, const std::vector<Time>& times) {
  long double sum = 0;
  for (const auto time : times)
    sum += static_cast<long double>(time.count());
  const auto size = static_cast<long double>(times.size());
  const long double mean = sum / size;
  long double squares = 0;
  for (const auto time : times)
    squares += std::pow(static_cast<long double>(time.count()) - mean, 2);
  EXPECT_NEAR(number(histogram.mean()), static_cast<double>(mean), 1);
  EXPECT_NEAR(number(histogram.deviation()), static_cast<double>(std::sqrt(squares / size)), 1);
}

TEST(LatencyHistogram, HasPercentilesToItsPrecision) {
  unsigned seed = 1;
  for (const std::size_t size : {1U, 2U, 3U, 10U, 1000U, 100'000U}) {
    const auto times = sample(seed++, size);
    expect_percentiles(recorded(times), times);
  }
}

// Computes the nearest rank in whole numbers, from thousandths.
TEST(LatencyHistogram, HasExactPercentilesOfFewValues) {
  auto values = sample(7, LatencyHistogram::max_exact);
  LatencyHistogram histogram;
  std::vector<Time> sorted;
  for (const auto value : values) {
    histogram.record(value);
    sorted.insert(std::upper_bound(sorted.begin(), sorted.end(), value), value);
    for (const std::size_t thousandths : {1U, 500U, 900U, 990U, 999U, 1000U}) {
      const std::size_t rank = (sorted.size() * thousandths + 999) / 1000;
      ASSERT_EQ(histogram.percentile(static_cast<double>(thousandths) / 10), sorted.at(rank - 1))
          << thousandths << " of " << sorted.size();
    }
  }
  // Merged histograms equal one that recorded all values.
  std::rotate(values.begin(), values.begin() + 300, values.end());
  auto merged = recorded({values.begin(), values.begin() + 400});
  merged.merge(recorded({values.begin() + 400, values.end()}));
  EXPECT_EQ(merged.percentile(99), histogram.percentile(99));
  EXPECT_EQ(merged.percentile(99.9), histogram.percentile(99.9));
  // One more value, and percentiles come from the bins.
  merged.record(sorted.front());
  expect_percentiles(merged, [&] {
    auto all = sorted;
    all.push_back(sorted.front());
    return all;
  }());
}

TEST(LatencyHistogram, IsWithinATenthOfAPercent) {
  EXPECT_LT(LatencyHistogram::precision, 0.001);
}

TEST(LatencyHistogram, HasTheExactMeanAndDeviation) {
  const auto times = sample(7, 10'000);
  const auto histogram = recorded(times);
  EXPECT_EQ(histogram.count(), times.size());
  EXPECT_EQ(histogram.min(), *std::min_element(times.begin(), times.end()));
  EXPECT_EQ(histogram.max(), *std::max_element(times.begin(), times.end()));
  expect_mean_and_deviation(histogram, times);
}

TEST(LatencyHistogram, KeepsASmallDeviationOfLongTimes) {
  expect_mean_and_deviation(recorded({50min, 50min + 10ns, 50min + 20ns}),
                            {50min, 50min + 10ns, 50min + 20ns});
}

TEST(LatencyHistogram, IsTheSameWhenMerged) {
  const auto first = sample(11, 3000);
  const auto second = sample(12, 70);
  auto all = first;
  all.insert(all.end(), second.begin(), second.end());

  LatencyHistogram merged;
  merged.merge(recorded(first));
  merged.merge(LatencyHistogram());
  merged.merge(recorded(second));
  EXPECT_EQ(merged.count(), all.size());
  EXPECT_EQ(merged.min(), *std::min_element(all.begin(), all.end()));
  EXPECT_EQ(merged.max(), *std::max_element(all.begin(), all.end()));
  expect_percentiles(merged, all);
  expect_mean_and_deviation(merged, all);
}

TEST(LatencyHistogram, IsZeroWithoutValues) {
  const LatencyHistogram none;
  EXPECT_EQ(none.count(), 0U);
  EXPECT_EQ(none.min(), 0ns);
  EXPECT_EQ(none.max(), 0ns);
  EXPECT_EQ(none.mean(), 0ns);
  EXPECT_EQ(none.deviation(), 0ns);
  EXPECT_EQ(none.percentile(50), 0ns);
  EXPECT_TRUE(none.bins().empty());
}

TEST(LatencyHistogram, KeepsTimesBeyondItsBinsWithinMinAndMax) {
  const auto histogram = recorded({-5ns, 300ns, 400ns, 2h, 3h});
  EXPECT_EQ(histogram.min(), 0ns);
  EXPECT_EQ(histogram.max(), 3h);
  EXPECT_LE(histogram.percentile(50), 1us);
  EXPECT_GE(histogram.percentile(80), 1h);
  EXPECT_LE(histogram.percentile(100), 3h);
}

TEST(LatencyHistogram, HasEachValueInOneBin) {
  const auto times = sample(13, 5000);
  const auto bins = recorded(times).bins();
  std::uint64_t counted = 0;
  Time last{};
  for (const auto& bin : bins) {
    EXPECT_GT(bin.count, 0U);
    EXPECT_LT(bin.lower, bin.upper);
    EXPECT_GE(bin.lower, last);
    EXPECT_LE(number(bin.upper), number(bin.lower) * 1.001 + 1);
    last = bin.upper;
    counted += bin.count;
  }
  EXPECT_EQ(counted, times.size());
  EXPECT_LE(bins.front().lower, *std::min_element(times.begin(), times.end()));
  EXPECT_GE(bins.back().upper, *std::max_element(times.begin(), times.end()));
}

}  // namespace
}  // namespace yodel::client
