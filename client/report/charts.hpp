// The charts of a report, from the figures of one run or of two. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "client/report/chart.hpp"
#include "client/report/runs.hpp"

namespace yodel::client {

// Returns whether there are enough times for a histogram to have a shape; else each is a dot.
[[nodiscard]] bool is_distribution(const std::optional<LatencyRecord>& times);

// How often each time was measured, for what time_kinds has at `kind`: at least one of the runs has
// measured it. Marks p50 and p99 of this run. If no run has a distribution, the times themselves,
// from the least on.
[[nodiscard]] Chart histogram(Runs runs, std::size_t kind);

// Which time so many of all did not exceed. The place on the x axis tells how few did: each
// decimal place of the percentile is as wide as the one before it, and the last of all values
// stands at its end. At least one run has a distribution; the others are left out.
[[nodiscard]] Chart percentile_curve(Runs runs, std::size_t kind);

// Over the time of the run, in the intervals of its series; one of the runs has some. The rate that
// was asked for is marked.
[[nodiscard]] Chart replies_over_time(Runs runs);
[[nodiscard]] Chart errors_over_time(Runs runs);
// p50, p99 and the longest time in each interval; each only if there is some.
[[nodiscard]] std::vector<Chart> latencies_over_time(Runs runs);

}  // namespace yodel::client
