// The charts of a report, from the figures of one run or of two. Pure.
#pragma once

#include <cstddef>

#include "client/report/chart.hpp"
#include "client/report/runs.hpp"

namespace yodel::client {

// How often each time was measured, for what time_kinds has at `kind`: at least one of the
// runs has measured it, as for the next.
[[nodiscard]] Chart histogram(Runs runs, std::size_t kind);

// Which time so many of all did not exceed. The place on the x axis tells how few did: each
// decimal place of the percentile is as wide as the one before it, and the last of all values
// stands at its end.
[[nodiscard]] Chart percentile_curve(Runs runs, std::size_t kind);

// Over the time of the run, in the intervals of its course; one of the runs has some.
[[nodiscard]] Chart replies_over_time(Runs runs);
[[nodiscard]] Chart errors_over_time(Runs runs);
[[nodiscard]] Chart longest_over_time(Runs runs);

}  // namespace yodel::client
