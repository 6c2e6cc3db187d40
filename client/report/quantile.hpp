// The times at given ranks or percentiles of a record.
#pragma once

#include "client/report/run_record.hpp"

namespace yodel::client {

// Returns the middle of a bin, as LatencyHistogram::percentile() does. `precision` is that of the
// run.
[[nodiscard]] double time_of(const LatencyRecord& times, const LatencyRecord::Bin& bin,
                             double precision);

// Returns time number `rank` in ascending order, from 1 on, or the maximum beyond the last.
[[nodiscard]] double time_at(const LatencyRecord& times, double rank, double precision);

// A range of times.
struct Range {
  double low = 0;
  double high = 0;
};
// Returns the 95 % confidence interval of a percentile, if the values are independent: its rank
// then has a binomial distribution, for which this uses two standard deviations.
[[nodiscard]] Range range_of_percentile(const LatencyRecord& times, double percent,
                                        double precision);

}  // namespace yodel::client
