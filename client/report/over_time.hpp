// A chart over the time of the runs. Pure functions.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "client/report/chart.hpp"
#include "client/report/run_record.hpp"
#include "client/report/runs.hpp"
#include "client/report/scale.hpp"

namespace yodel::client {

// Percentiles of an interval are accurate to 2 %, so they are shown with this many digits.
constexpr int interval_digits = 3;

// Returns what happened `count` times in an interval as a rate per second.
[[nodiscard]] double in_a_second(std::uint64_t count, const TimeSeriesRecord& series);

// Returns the replies per second of each interval within the run; replies of the drain are not part
// of the rate. A run shorter than an interval has a single one of its own length.
[[nodiscard]] std::vector<double> reply_rates(const RunRecord& run);

// The values to draw over the time of the runs.
struct TimeSeriesLines {
  std::vector<std::vector<double>> values;  // for each run, a value for each interval
  Scale height;
  std::function<std::string(double)> label;  // of a value on the y axis
  bool filled = false;
};

// Returns a chart without a title. At least one run has a series.
[[nodiscard]] Chart over_time(Runs runs, const TimeSeriesLines& lines);

}  // namespace yodel::client
