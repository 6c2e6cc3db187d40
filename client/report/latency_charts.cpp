#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <utility>

#include "client/report/charts.hpp"

namespace yodel::client {
namespace {

constexpr double percent = 100;
// How many parts of the x axis have a word of their own under the pointer.
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

// The part of all values that is in each column of `scale`. A bin that lies in several columns is
// shared out, or else the bins' bounds would be seen among the columns'.
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

// The time that stands for a bin: the middle of it, as in LatencyHistogram::percentile().
double time_of(const LatencyRecord& times, const LatencyRecord::Bin& bin, double precision) {
  return std::clamp(bin.upper * (1 - precision), times.min(), times.max());
}

// The least time that a `part` of all values does not exceed.
double time_at(const LatencyRecord& times, double part, double precision) {
  const double rank = std::ceil(part * static_cast<double>(times.count));
  std::uint64_t passed = 0;
  for (const auto& bin : times.bins) {
    passed += bin.count;
    if (static_cast<double>(passed) >= rank) return time_of(times, bin, precision);
  }
  return times.max();
}

// The place of value number `rank` of `count` on an axis where 0.9, 0.99 and 0.999 are at 1, 2, 3.
// A value stands in the middle of its part of all, so that the last has a place, too.
double decades(double rank, double count) {
  constexpr double half = 0.5;
  return std::log10(count / (count - rank + half));
}

std::vector<Tick> percentile_ticks(double width) {
  std::vector<Tick> ticks{{.place = std::log10(2) / width, .label = "50"}};
  for (int nines = 1; nines <= static_cast<int>(width); ++nines) {
    const double value = percent * (1 - std::pow(10, -nines));
    ticks.push_back(
        {.place = nines / width, .label = fmt::format("{:.{}f}", value, std::max(0, nines - 2))});
  }
  return with_room(std::move(ticks), Axis::x);
}

}  // namespace

Chart histogram(Runs runs, std::size_t kind) {
  const Scale time = times_of(runs, kind);
  std::vector<std::vector<double>> all;
  double most = 0;
  for (const auto& run : runs) {
    const auto& times = run.latencies.at(kind);
    all.push_back(times ? shares(*times, run.precision, time) : std::vector<double>(columns));
    most = std::max(most, *std::max_element(all.back().begin(), all.back().end()));
  }
  const Scale share = from_zero(most * percent);
  Chart chart;
  chart.title = "How often: percent of all";
  chart.description = "A histogram of the times";
  chart.x = time.ticks(Axis::x, time_label);
  chart.y = share.ticks(Axis::y, [](double value) { return fmt::format("{:g} %", value); });
  for (std::size_t i = runs.size(); i-- > 0;) {
    if (!runs[i].latencies.at(kind)) continue;
    Chart::Line line{.side = side_of(i), .filled = true, .spots = {}};
    for (std::size_t column = 0; column < columns; ++column) {
      const double here = all[i][column];
      const double y = here > 0 ? std::max(share.place(here * percent), least_height) : 0;
      line.spots.push_back({.x = part(column, columns), .y = y});
      line.spots.push_back({.x = part(column + 1, columns), .y = y});
    }
    chart.lines.push_back(std::move(line));
  }
  for (std::size_t column = 0; column < columns; ++column) {
    const double begin = part(column, columns);
    const double end = part(column + 1, columns);
    const auto said = of_each(runs, [&](std::size_t run) {
      return runs[run].latencies.at(kind) ? fmt::format("{:.3g} %", all[run][column] * percent)
                                          : std::string();
    });
    chart.notes.push_back({.begin = begin,
                           .end = end,
                           .text = fmt::format("{} to {}: {}", time_text(time.value(begin)),
                                               time_text(time.value(end)), said)});
  }
  return chart;
}

Chart percentile_curve(Runs runs, std::size_t kind) {
  double width = 0;
  for (const auto& run : runs) {
    if (const auto& times = run.latencies.at(kind)) {
      const auto count = static_cast<double>(times->count);
      width = std::max(width, decades(count, count));
    }
  }
  const Scale time = times_of(runs, kind);
  Chart chart;
  chart.title = "Percentiles";
  chart.description = "The time that so many percent of all did not exceed";
  chart.x = percentile_ticks(width);
  chart.y = time.ticks(Axis::y, time_label);
  for (std::size_t i = runs.size(); i-- > 0;) {
    const auto& times = runs[i].latencies.at(kind);
    if (!times) continue;
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
    const auto said = of_each(runs, [&](std::size_t run) {
      const auto& times = runs[run].latencies.at(kind);
      return times ? time_text(time_at(*times, share, runs[run].precision)) : std::string();
    });
    chart.notes.push_back(
        {.begin = part(column, columns),
         .end = part(column + 1, columns),
         .text = fmt::format("{:.{}f} %: {}", share * percent, static_cast<int>(nines) + 1, said)});
  }
  return chart;
}

}  // namespace yodel::client
