#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <utility>

#include "client/measure/figures.hpp"
#include "client/report/charts.hpp"
#include "client/report/quantile.hpp"

namespace yodel::client {
namespace {

constexpr double percent = 100;
// The number of columns of a histogram, and of texts under the pointer.
constexpr std::size_t columns = 60;

double part(std::size_t index, std::size_t all) {
  return static_cast<double>(index) / static_cast<double>(all);
}

Scale times_of(Runs runs, std::size_t kind) {
  double low = std::numeric_limits<double>::max();
  double high = 0;
  for (const auto& run : runs) {
    if (const auto& times = run.latencies.at(kind)) {
      low = std::min(low, times->min());
      high = std::max(high, times->max());
    }
  }
  return logarithmic(low, high);
}

// Returns the share of the values in each column of `scale`. A bin that spans several columns is
// divided among them; otherwise its bounds would show as steps.
std::vector<double> shares(const LatencyRecord& times, double precision, const Scale& scale) {
  std::vector<double> shares(columns);
  for (const auto& bin : times.bins) {
    const double upper = std::clamp(bin.upper, times.min(), times.max());
    const double lower = std::clamp(bin.upper * (1 - 2 * precision), times.min(), upper);
    const double begin = scale.place(lower) * columns;
    const double end = std::max(scale.place(upper) * columns, begin + 1e-9);
    const double all = static_cast<double>(bin.count) / static_cast<double>(times.count);
    for (auto i = static_cast<std::size_t>(begin); i < columns; ++i) {
      const double from = std::max(begin, static_cast<double>(i));
      const double to = std::min(end, static_cast<double>(i + 1));
      if (to <= from) break;
      shares[i] += all * (to - from) / (end - begin);
    }
  }
  return shares;
}

// Returns the place of value number `rank` of `count` on an axis where 0.9, 0.99 and 0.999 are at
// 1, 2 and 3. A value is in the middle of its share, so that the last one has a finite place.
double decades(double rank, double count) {
  constexpr double half = 0.5;
  return std::log10(count / (count - rank + half));
}

// Returns the ticks of the percentiles that `count` values support, on an axis `width` decades
// long.
std::vector<Tick> percentile_ticks(double width, double count) {
  constexpr double rounding = 1e-9;
  std::vector<Tick> ticks{{.place = std::log10(2) / width, .label = "50"}};
  for (int nines = 1; nines <= std::log10(count) + rounding; ++nines) {
    const double value = percent * (1 - std::pow(10, -nines));
    ticks.push_back(
        {.place = nines / width, .label = fmt::format("{:.{}f}", value, std::max(0, nines - 2))});
  }
  return with_room(std::move(ticks), Axis::x);
}

// Returns each time, in ascending order.
std::vector<double> each_of(const LatencyRecord& times, double precision) {
  std::vector<double> all;
  for (const auto& bin : times.bins)
    all.insert(all.end(), bin.count, time_of(times, bin, precision));
  return all;
}

// Returns a dot for each time: at height `y` or, without it, rising in ascending order.
Chart::Line dots(const LatencyRecord& times, std::size_t run, double precision, const Scale& time,
                 std::optional<double> y) {
  Chart::Line line{.side = side_of(run), .filled = false, .spots = {}, .dots = true};
  const auto all = each_of(times, precision);
  constexpr double half = 0.5;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const double step = (static_cast<double>(i) + half) / static_cast<double>(all.size());
    line.spots.push_back({.x = time.place(all[i]), .y = y.value_or(step)});
  }
  return line;
}

// Returns a chart of few times, each a dot.
Chart few_times(Runs runs, std::size_t kind, const Scale& time) {
  Chart chart;
  chart.title = "Each time, in ascending order: percent of all";
  chart.description = "The times in ascending order";
  chart.x = time.ticks(Axis::x, time_label);
  for (const double share : {0.0, 0.5, 1.0}) {
    chart.y.push_back({.place = share, .label = fmt::format("{:g} %", share * percent)});
  }
  for (std::size_t i = runs.size(); i-- > 0;) {
    const auto& times = runs[i].latencies.at(kind);
    if (times) chart.lines.push_back(dots(*times, i, runs[i].precision, time, std::nullopt));
  }
  return chart;
}

std::vector<Chart::Mark> percentile_marks(const LatencyRecord& times, const Scale& time) {
  std::vector<Chart::Mark> marks;
  for (const auto figure : {LatencyRecord::i_p50, LatencyRecord::i_p99}) {
    if (!times.supports(figure)) continue;
    const double value = times.values.at(figure);
    marks.push_back({.axis = Axis::x,
                     .place = time.place(value),
                     .label = fmt::format("{} {}", LatencyRecord::figures.at(figure).name,
                                          time_text(value, 3))});
  }
  return marks;
}

// Returns the texts under the pointer: the share of the values in each column.
std::vector<Chart::Note> histogram_notes(Runs runs, std::size_t kind, const Scale& time,
                                         const std::vector<std::vector<double>>& all) {
  std::vector<Chart::Note> notes;
  for (std::size_t column = 0; column < columns; ++column) {
    const double begin = part(column, columns);
    const double end = part(column + 1, columns);
    const auto text = of_each(runs, [&](std::size_t run) {
      return runs[run].latencies.at(kind) ? fmt::format("{:.3g} %", all[run][column] * percent)
                                          : std::string();
    });
    notes.push_back({.begin = begin,
                     .end = end,
                     .text = fmt::format("{} to {}: {}", time_text(time.value(begin)),
                                         time_text(time.value(end)), text)});
  }
  return notes;
}

}  // namespace

bool is_distribution(const std::optional<LatencyRecord>& times) {
  // A histogram of fewer times is a few bars, which show less than the times themselves.
  constexpr std::uint64_t min_count = 30;
  return times && times->count >= min_count;
}

Chart histogram(Runs runs, std::size_t kind) {
  const Scale time = times_of(runs, kind);
  std::vector<std::vector<double>> all;
  bool any = false;
  double max = 0;
  for (const auto& run : runs) {
    const auto& times = run.latencies.at(kind);
    all.push_back(times ? shares(*times, run.precision, time) : std::vector<double>(columns));
    if (!is_distribution(times)) continue;
    any = true;
    max = std::max(max, *std::max_element(all.back().begin(), all.back().end()));
  }
  if (!any) return few_times(runs, kind, time);
  const Scale share = from_zero(max * percent);
  Chart chart;
  chart.title = "Histogram: percent of all";
  chart.description = "A histogram of the times";
  chart.x = time.ticks(Axis::x, time_label);
  chart.y = share.ticks(Axis::y, [](double value) { return fmt::format("{:g} %", value); });
  for (std::size_t i = runs.size(); i-- > 0;) {
    const auto& times = runs[i].latencies.at(kind);
    if (!times) continue;
    if (!is_distribution(times)) {
      constexpr double over_the_axis = 0.03;
      chart.lines.push_back(dots(*times, i, runs[i].precision, time, over_the_axis));
      continue;
    }
    Chart::Line line{.side = side_of(i), .filled = true, .spots = {}};
    for (std::size_t column = 0; column < columns; ++column) {
      const double here = all[i][column];
      const double y = here > 0 ? std::max(share.place(here * percent), min_height) : 0;
      line.spots.push_back({.x = part(column, columns), .y = y});
      line.spots.push_back({.x = part(column + 1, columns), .y = y});
    }
    chart.lines.push_back(std::move(line));
  }
  if (const auto& times = runs.front().latencies.at(kind)) {
    chart.marks = percentile_marks(*times, time);
  }
  chart.notes = histogram_notes(runs, kind, time, all);
  return chart;
}

Chart percentile_curve(Runs runs, std::size_t kind) {
  double max = 0;
  for (const auto& run : runs) {
    if (const auto& times = run.latencies.at(kind); is_distribution(times)) {
      max = std::max(max, static_cast<double>(times->count));
    }
  }
  const double width = decades(max, max);
  const Scale time = times_of(runs, kind);
  Chart chart;
  chart.title = "Percentiles";
  chart.description = "The time at each percentile";
  chart.x = percentile_ticks(width, max);
  chart.y = time.ticks(Axis::y, time_label);
  for (std::size_t i = runs.size(); i-- > 0;) {
    const auto& times = runs[i].latencies.at(kind);
    if (!is_distribution(times)) continue;
    const auto count = static_cast<double>(times->count);
    Chart::Line line{.side = side_of(i), .filled = false, .spots = {}};
    double passed = 0;
    for (const auto& bin : times->bins) {
      const double y = time.place(time_of(*times, bin, runs[i].precision));
      line.spots.push_back({.x = decades(passed + 1, count) / width, .y = y});
      passed += static_cast<double>(bin.count);
      line.spots.push_back({.x = decades(passed, count) / width, .y = y});
    }
    chart.lines.push_back(std::move(line));
  }
  for (std::size_t column = 0; column < columns; ++column) {
    const double nines = (static_cast<double>(column) + 0.5) / columns * width;
    const double share = 1 - std::pow(10, -nines);
    const auto values = of_each(runs, [&](std::size_t run) {
      const auto& times = runs[run].latencies.at(kind);
      if (!is_distribution(times)) return std::string();
      const auto rank = std::ceil(share * static_cast<double>(times->count));
      return time_text(time_at(*times, rank, runs[run].precision));
    });
    chart.notes.push_back({.begin = part(column, columns),
                           .end = part(column + 1, columns),
                           .text = fmt::format("{:.{}f} %: {}", share * percent,
                                               static_cast<int>(nines) + 1, values)});
  }
  return chart;
}

}  // namespace yodel::client
