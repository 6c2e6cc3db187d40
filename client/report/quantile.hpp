// Which time stands at a place among all that were measured, in order.
#pragma once

#include "client/report/run_record.hpp"

namespace yodel::client {

// Returns the time that stands for a bin: the middle of it, as in LatencyHistogram::percentile().
// `precision` is that of the run.
[[nodiscard]] double time_of(const LatencyRecord& times, const LatencyRecord::Bin& bin,
                             double precision);

// Returns the time number `rank` of all, from 1 on; beyond the last, that.
[[nodiscard]] double time_at(const LatencyRecord& times, double rank, double precision);

// The times between which a percentile lies in 95 of 100 runs, as far as chance alone makes it
// differ: of independent values its rank scatters by a binomial distribution.
struct Range {
  double low = 0;
  double high = 0;
};
[[nodiscard]] Range range_of_percentile(const LatencyRecord& times, double percent,
                                        double precision);

}  // namespace yodel::client
