// The charts of a report, from one run or two. Pure functions.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "client/report/chart.hpp"
#include "client/report/runs.hpp"

namespace yodel::client {

// Returns whether there are enough times for a histogram; if not, each time is drawn as a dot.
[[nodiscard]] bool is_distribution(const std::optional<LatencyRecord>& times);

// Returns a histogram of the times of kind `kind` of time_kinds, which at least one run has
// measured, with marks for p50 and p99 of this run. If no run has enough times, returns a chart of
// the times themselves in ascending order.
[[nodiscard]] Chart histogram(Runs runs, std::size_t kind);

// Returns the curve of the percentiles. Its x axis is logarithmic in the share of values beyond:
// 90, 99 and 99.9 are evenly spaced, and the largest value is at its end. At least one run has
// enough times for a histogram; runs that have not are left out.
[[nodiscard]] Chart percentile_curve(Runs runs, std::size_t kind);

// Return replies and errors per second over the time of the run, in the intervals of its series. At
// least one run has a series. The rate of --rate is marked.
[[nodiscard]] Chart replies_over_time(Runs runs);
[[nodiscard]] Chart errors_over_time(Runs runs);
// Returns the charts of p50, p99 and the maximum in each interval, as far as there are values.
[[nodiscard]] std::vector<Chart> latencies_over_time(Runs runs);

}  // namespace yodel::client
