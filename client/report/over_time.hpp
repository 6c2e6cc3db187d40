// A chart over the time of the runs. Pure.
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

// Percentiles of an interval are right to 2 %: this many digits of them are shown.
constexpr int interval_digits = 3;

// Returns what happened `count` times in an interval as a rate per second.
[[nodiscard]] double in_a_second(std::uint64_t count, const TimeSeriesRecord& series);

// Returns the replies per second of each interval that lies within the time of the run: what comes
// when it is over is not part of the rate. A run that is shorter than an interval has one of its
// own length.
[[nodiscard]] std::vector<double> reply_rates(const RunRecord& run);

// What is drawn over the time of the runs.
struct TimeSeriesLines {
  std::vector<std::vector<double>> values;  // for each run, one for each interval
  Scale height;
  std::function<std::string(double)> label;  // of a value, beside the y axis
  bool filled = false;
};

// Returns a chart without a title. One of the runs has a series.
[[nodiscard]] Chart over_time(Runs runs, const TimeSeriesLines& lines);

}  // namespace yodel::client
