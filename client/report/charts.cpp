#include "client/report/charts.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <functional>
#include <limits>
#include <utility>

namespace yodel::client {
namespace {

// What is not nothing is seen.
constexpr double least_height = 0.012;
constexpr double percent = 100;
// How many parts of the x axis have a word of their own under the pointer.
constexpr std::size_t columns = 60;

double part(std::size_t index, std::size_t all) {
  return static_cast<double>(index) / static_cast<double>(all);
}

Side side_of(std::size_t run) {
  return run == 0 ? Side::this_run : Side::old_run;
}

// What `say` has to say of each run, by its index, where that is not empty.
std::string of_each(Runs runs, const std::function<std::string(std::size_t)>& say) {
  std::string text;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const auto words = say(i);
    if (words.empty()) continue;
    if (!text.empty()) text += "; ";
    if (runs.size() > 1) text += i == 0 ? "this run " : "old run ";
    text += words;
  }
  return text;
}

// --- times ---

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

// --- the course ---

// What happened in interval `i`, in a second.
double in_a_second(std::uint64_t count, const CourseRecord& course) {
  return static_cast<double>(count) / course.interval;
}

double begin_of(const CourseRecord& course, std::size_t i) {
  return course.interval * static_cast<double>(i);
}

// The replies in a second of each interval that lies within the time of the run: what comes when it
// is over is not part of the rate. A run that is shorter than an interval has one of its own
// length.
std::vector<double> reply_rates(const RunRecord& run) {
  const auto& course = run.course;
  constexpr double rounding = 1e-6;
  std::vector<double> rates;
  for (std::size_t i = 0; i < course.replies.size(); ++i) {
    if (begin_of(course, i + 1) <= run.elapsed * (1 + rounding)) {
      rates.push_back(in_a_second(course.replies[i], course));
    } else if (i == 0 && run.elapsed > 0) {
      rates.push_back(static_cast<double>(course.replies[i]) / run.elapsed);
    } else {
      break;
    }
  }
  return rates;
}

std::vector<double> error_rates(const RunRecord& run) {
  std::vector<double> rates;
  for (const auto count : run.course.errors)
    rates.push_back(in_a_second(count, run.course));
  return rates;
}

// What the charts show of a run at that time; empty: nothing.
std::string course_text(const RunRecord& run, const std::vector<double>& rates, double at) {
  const auto& course = run.course;
  const auto i = static_cast<std::size_t>(at / course.interval);
  if (i >= course.replies.size()) return {};
  auto text = fmt::format("{:.5g} errors/s", in_a_second(course.errors[i], course));
  if (course.longest[i] > 0)
    text = fmt::format("longest {}, {}", time_text(course.longest[i]), text);
  return i < rates.size() ? fmt::format("{:.5g} replies/s, {}", rates[i], text) : text;
}

// From the beginning to the end of the longer run. One of them has a course.
Scale course_time(Runs runs) {
  double end = 0;
  for (const auto& run : runs) {
    if (run.course.replies.empty()) continue;
    end = std::max({end, run.elapsed, begin_of(run.course, run.course.replies.size())});
  }
  return {Scale::Kind::linear, 0, end};
}

// What all charts of the course say under the pointer, in the intervals of the finer run.
std::vector<Chart::Note> course_notes(Runs runs, const Scale& time) {
  double step = time.high();
  std::vector<std::vector<double>> rates;
  for (const auto& run : runs) {
    rates.push_back(reply_rates(run));
    if (!run.course.replies.empty()) step = std::min(step, run.course.interval);
  }
  step = std::max(step, time.high() / Series::most_intervals);
  std::vector<Chart::Note> notes;
  for (double i = 0; i * step < time.high(); ++i) {
    const double begin = i * step;
    const auto said = of_each(runs, [&](std::size_t run) {
      return course_text(runs[run], rates[run], begin + step / 2);
    });
    if (said.empty()) continue;
    notes.push_back({.begin = time.place(begin),
                     .end = time.place(begin + step),
                     .text = fmt::format("at {:g} s: {}", begin, said)});
  }
  return notes;
}

// A step for each value; where it is none, there is a gap.
void add_steps(Chart& chart, Side side, bool filled, const std::vector<double>& values,
               const CourseRecord& course, const Scale& time, const Scale& height) {
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
    if (values[i] > 0) y = std::max(y, least_height);
    const double begin = begin_of(course, i);
    line.spots.push_back({.x = time.place(begin), .y = y});
    line.spots.push_back({.x = time.place(begin + course.interval), .y = y});
  }
  finish();
}

// What is drawn over the time of the runs.
struct CourseLines {
  std::vector<std::vector<double>> values;  // for each run, one for each interval
  Scale height;
  std::function<std::string(double)> label;  // of a value, beside the y axis
  bool filled = false;
};

Chart over_time(Runs runs, const CourseLines& lines) {
  const Scale time = course_time(runs);
  Chart chart;
  chart.x = time.ticks(Axis::x, [](double seconds) { return fmt::format("{:g} s", seconds); });
  chart.y = lines.height.ticks(Axis::y, lines.label);
  chart.notes = course_notes(runs, time);
  for (std::size_t i = runs.size(); i-- > 0;) {
    add_steps(chart, side_of(i), lines.filled, lines.values[i], runs[i].course, time, lines.height);
  }
  return chart;
}

Chart rates_over_time(Runs runs, const std::function<std::vector<double>(const RunRecord&)>& rates,
                      bool filled) {
  std::vector<std::vector<double>> values;
  double most = 0;
  for (const auto& run : runs) {
    values.push_back(rates(run));
    for (const double rate : values.back())
      most = std::max(most, rate);
  }
  return over_time(runs, {.values = std::move(values),
                          .height = from_zero(most),
                          .label = number_label,
                          .filled = filled});
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

Chart replies_over_time(Runs runs) {
  Chart chart = rates_over_time(runs, reply_rates, false);
  chart.title = "Replies in a second";
  chart.description = "Right replies in a second, over the time of the run";
  return chart;
}

Chart errors_over_time(Runs runs) {
  Chart chart = rates_over_time(runs, error_rates, true);
  chart.title = "Errors in a second";
  chart.description = "Requests that failed in a second, over the time of the run";
  return chart;
}

Chart longest_over_time(Runs runs) {
  std::vector<std::vector<double>> values;
  double low = std::numeric_limits<double>::max();
  double high = 0;
  for (const auto& run : runs) {
    values.push_back(run.course.longest);
    for (const double longest : values.back()) {
      if (longest > 0) low = std::min(low, longest);
      high = std::max(high, longest);
    }
  }
  Chart chart = over_time(runs, {.values = std::move(values),
                                 .height = logarithmic(std::min(low, high), high),
                                 .label = time_label,
                                 .filled = false});
  chart.title = "The longest that a reply took";
  chart.description = "The longest latency in each interval of the run";
  return chart;
}

}  // namespace yodel::client
