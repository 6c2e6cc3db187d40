#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <functional>
#include <limits>
#include <optional>
#include <utility>

#include "client/measure/figures.hpp"
#include "client/report/charts.hpp"
#include "client/report/over_time.hpp"
#include "client/report/words.hpp"

namespace yodel::client {
namespace {

std::vector<double> error_rates(const RunRecord& run) {
  std::vector<double> rates;
  for (const auto count : run.time_series.errors)
    rates.push_back(in_a_second(count, run.time_series));
  return rates;
}

Chart rates_over_time(Runs runs, std::vector<std::vector<double>> values, double max, bool filled) {
  return over_time(runs, {.values = std::move(values),
                          .height = from_zero(max),
                          .label = number_label,
                          .filled = filled});
}

std::vector<std::vector<double>> of_each_run(
    Runs runs, const std::function<std::vector<double>(const RunRecord&)>& values) {
  std::vector<std::vector<double>> all;
  for (const auto& run : runs)
    all.push_back(values(run));
  return all;
}

// The smallest and the largest value above 0; `high` is 0 if there is none.
struct Bounds {
  double low = std::numeric_limits<double>::max();
  double high = 0;
};

Bounds bounds_of(const std::vector<std::vector<double>>& all) {
  Bounds bounds;
  for (const auto& values : all) {
    for (const double value : values) {
      if (value > 0) bounds.low = std::min(bounds.low, value);
      bounds.high = std::max(bounds.high, value);
    }
  }
  return bounds;
}

// Returns "NAME: 41.2 µs to 58.3 µs", the range of this run without values of 0, so that a chart
// can be read without a pointer.
std::string title_of(std::string_view name, Runs runs, const std::vector<double>& values,
                     const std::function<std::string(double)>& text) {
  const auto bounds = bounds_of({values});
  if (bounds.high <= 0) return std::string(name);
  const auto low = text(bounds.low);
  const auto high = text(bounds.high);
  return fmt::format("{}{}: {}", name, runs.size() > 1 ? ", this run" : "",
                     low == high ? high : low + " to " + high);
}

// A latency in each interval.
struct LatencySeries {
  std::string_view title;
  std::string_view description;
  std::function<std::vector<double>(const TimeSeriesRecord&)> values;  // 0 if there is none
};

std::vector<double> without_gaps(const std::vector<std::optional<double>>& values) {
  std::vector<double> all(values.size());
  std::transform(values.begin(), values.end(), all.begin(),
                 [](const auto& value) { return value.value_or(0); });
  return all;
}

// Returns the chart, or std::nullopt if no run has values.
std::optional<Chart> latency_over_time(Runs runs, const LatencySeries& series) {
  auto values = of_each_run(runs, [&](const auto& run) { return series.values(run.time_series); });
  const auto bounds = bounds_of(values);
  if (bounds.high <= 0) return std::nullopt;
  const auto title = title_of(series.title, runs, values.front(),
                              [](double value) { return time_text(value, interval_digits); });
  Chart chart = over_time(runs, {.values = std::move(values),
                                 .height = logarithmic(bounds.low, bounds.high),
                                 .label = time_label,
                                 .filled = false});
  chart.title = title;
  chart.description = series.description;
  return chart;
}

}  // namespace

Chart replies_over_time(Runs runs) {
  const auto rates = of_each_run(runs, reply_rates);
  const auto due = runs.front().rate_due;
  auto bounds = bounds_of(rates);
  bounds.high = std::max(bounds.high, due.value_or(0));
  Chart chart = rates_over_time(runs, rates, bounds.high, false);
  chart.title = title_of("Replies per second", runs, rates.front(),
                         [](double rate) { return grouped(rate); });
  chart.description = "Correct replies per second over the time of the run";
  if (due) {
    chart.marks.push_back({.axis = Axis::y,
                           .place = from_zero(bounds.high).place(*due),
                           .label = rate_text(*due) + " due"});
  }
  return chart;
}

Chart errors_over_time(Runs runs) {
  const auto rates = of_each_run(runs, error_rates);
  Chart chart = rates_over_time(runs, rates, bounds_of(rates).high, true);
  chart.title = "Errors per second";
  chart.description = "Failed requests per second over the time of the run";
  return chart;
}

std::vector<Chart> latencies_over_time(Runs runs) {
  const std::array<LatencySeries, 3> all_series{
      {{"p50", "The median latency in each interval of the run",
        [](const auto& series) { return without_gaps(series.p50); }},
       {"p99", "The 99th percentile of latency in each interval of the run",
        [](const auto& series) { return without_gaps(series.p99); }},
       {"max", "The longest latency in each interval of the run",
        [](const auto& series) { return series.longest; }}}};
  std::vector<Chart> charts;
  for (const auto& series : all_series) {
    if (auto chart = latency_over_time(runs, series)) charts.push_back(std::move(*chart));
  }
  return charts;
}

}  // namespace yodel::client
