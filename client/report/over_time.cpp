#include "client/report/over_time.hpp"

#include <algorithm>
#include <cstddef>
#include <fmt/format.h>
#include <string>

#include "client/measure/figures.hpp"
#include "client/report/words.hpp"

namespace yodel::client {
namespace {

double begin_of(const TimeSeriesRecord& series, std::size_t i) {
  return series.interval * static_cast<double>(i);
}

// Returns what the charts show of a run at that time; empty if it had ended.
std::string time_series_text(const RunRecord& run, const std::vector<double>& rates, double at) {
  const auto& series = run.time_series;
  const auto i = static_cast<std::size_t>(at / series.interval);
  if (i >= series.replies.size()) return {};
  std::string text;
  if (i < rates.size()) text = fmt::format("{} replies/s, ", grouped(rates[i]));
  if (series.p50[i]) text += fmt::format("p50 {}, ", time_text(*series.p50[i], interval_digits));
  if (series.p99[i]) text += fmt::format("p99 {}, ", time_text(*series.p99[i], interval_digits));
  if (series.longest[i] > 0) text += fmt::format("max {}, ", time_text(series.longest[i]));
  return fmt::format("{}{:.5g} errors/s", text, in_a_second(series.errors[i], series));
}

// Returns a scale from 0 to the end of the longer run. At least one run has a series.
Scale time_series_time(Runs runs) {
  double end = 0;
  for (const auto& run : runs) {
    if (run.time_series.replies.empty()) continue;
    end = std::max({end, run.elapsed, begin_of(run.time_series, run.time_series.replies.size())});
  }
  return {Scale::Kind::linear, 0, end};
}

// Returns the texts under the pointer, which all charts over time share, in the intervals of the
// run with the shorter ones.
std::vector<Chart::Note> time_series_notes(Runs runs, const Scale& time) {
  double step = time.high();
  std::vector<std::vector<double>> rates;
  for (const auto& run : runs) {
    rates.push_back(reply_rates(run));
    if (!run.time_series.replies.empty()) step = std::min(step, run.time_series.interval);
  }
  step = std::max(step, time.high() / TimeSeries::max_intervals);
  std::vector<Chart::Note> notes;
  for (double i = 0; i * step < time.high(); ++i) {
    const double begin = i * step;
    const auto text = of_each(runs, [&](std::size_t run) {
      return time_series_text(runs[run], rates[run], begin + step / 2);
    });
    if (text.empty()) continue;
    notes.push_back({.begin = time.place(begin),
                     .end = time.place(begin + step),
                     .text = fmt::format("at {:g} s: {}", begin, text)});
  }
  return notes;
}

// Draws a step for each value, and a gap where there is none.
void add_steps(Chart& chart, Side side, bool filled, const std::vector<double>& values,
               const TimeSeriesRecord& series, const Scale& time, const Scale& height) {
  Chart::Line line{.side = side, .filled = filled, .spots = {}};
  const auto finish = [&] {
    if (!line.spots.empty()) chart.lines.push_back(line);
    line.spots.clear();
  };
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i] < height.low()) {
      finish();
      continue;
    }
    double y = height.place(values[i]);
    if (values[i] > 0) y = std::max(y, min_height);
    const double begin = begin_of(series, i);
    line.spots.push_back({.x = time.place(begin), .y = y});
    line.spots.push_back({.x = time.place(begin + series.interval), .y = y});
  }
  finish();
}

}  // namespace

double in_a_second(std::uint64_t count, const TimeSeriesRecord& series) {
  return static_cast<double>(count) / series.interval;
}

std::vector<double> reply_rates(const RunRecord& run) {
  const auto& series = run.time_series;
  constexpr double rounding = 1e-6;
  std::vector<double> rates;
  for (std::size_t i = 0; i < series.replies.size(); ++i) {
    if (begin_of(series, i + 1) <= run.elapsed * (1 + rounding)) {
      rates.push_back(in_a_second(series.replies[i], series));
    } else if (i == 0 && run.elapsed > 0) {
      rates.push_back(static_cast<double>(series.replies[i]) / run.elapsed);
    } else {
      break;
    }
  }
  return rates;
}

Chart over_time(Runs runs, const TimeSeriesLines& lines) {
  const Scale time = time_series_time(runs);
  Chart chart;
  chart.x = time.ticks(Axis::x, [](double seconds) { return fmt::format("{:g} s", seconds); });
  chart.y = lines.height.ticks(Axis::y, lines.label);
  chart.notes = time_series_notes(runs, time);
  for (std::size_t i = runs.size(); i-- > 0;) {
    add_steps(chart, side_of(i), lines.filled, lines.values[i], runs[i].time_series, time,
              lines.height);
  }
  return chart;
}

}  // namespace yodel::client
