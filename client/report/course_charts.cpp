#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <functional>
#include <limits>
#include <optional>
#include <utility>

#include "client/measure/figures.hpp"
#include "client/report/charts.hpp"
#include "client/report/words.hpp"

namespace yodel::client {
namespace {

// Percentiles of an interval are right to 2 %.
constexpr int digits = 3;

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
  std::string text;
  if (i < rates.size()) text = fmt::format("{} replies/s, ", grouped(rates[i]));
  if (course.p50[i]) text += fmt::format("p50 {}, ", time_text(*course.p50[i], digits));
  if (course.p99[i]) text += fmt::format("p99 {}, ", time_text(*course.p99[i], digits));
  if (course.longest[i] > 0) text += fmt::format("longest {}, ", time_text(course.longest[i]));
  return fmt::format("{}{:.5g} errors/s", text, in_a_second(course.errors[i], course));
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

Chart rates_over_time(Runs runs, std::vector<std::vector<double>> values, double most,
                      bool filled) {
  for (const auto& rates : values) {
    for (const double rate : rates)
      most = std::max(most, rate);
  }
  return over_time(runs, {.values = std::move(values),
                          .height = from_zero(most),
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

// "NAME: 41.2 µs to 58.3 µs", of this run, so that a chart is read without a pointer. What is 0
// does not count.
std::string title_of(std::string_view name, Runs runs, const std::vector<double>& values,
                     const std::function<std::string(double)>& text) {
  double low = std::numeric_limits<double>::max();
  double high = 0;
  for (const double value : values) {
    if (value <= 0) continue;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  if (high <= 0) return std::string(name);
  const auto range =
      text(low) == text(high) ? text(high) : fmt::format("{} to {}", text(low), text(high));
  return fmt::format("{}{}: {}", name, runs.size() > 1 ? ", this run" : "", range);
}

// Of the latencies in each interval.
struct LatencyCourse {
  std::string_view title;
  std::string_view description;
  std::function<std::vector<double>(const CourseRecord&)> values;  // 0: there is none
};

std::vector<double> without_gaps(const std::vector<std::optional<double>>& values) {
  std::vector<double> all(values.size());
  std::transform(values.begin(), values.end(), all.begin(),
                 [](const auto& value) { return value.value_or(0); });
  return all;
}

// nullopt: no run has any.
std::optional<Chart> latency_over_time(Runs runs, const LatencyCourse& course) {
  auto values = of_each_run(runs, [&](const auto& run) { return course.values(run.course); });
  double low = std::numeric_limits<double>::max();
  double high = 0;
  for (const auto& of_run : values) {
    for (const double value : of_run) {
      if (value > 0) low = std::min(low, value);
      high = std::max(high, value);
    }
  }
  if (high <= 0) return std::nullopt;
  const auto title = title_of(course.title, runs, values.front(),
                              [](double value) { return time_text(value, digits); });
  Chart chart = over_time(runs, {.values = std::move(values),
                                 .height = logarithmic(low, high),
                                 .label = time_label,
                                 .filled = false});
  chart.title = title;
  chart.description = course.description;
  return chart;
}

}  // namespace

Chart replies_over_time(Runs runs) {
  const auto rates = of_each_run(runs, reply_rates);
  const auto due = runs.front().rate_due;
  Chart chart = rates_over_time(runs, rates, due.value_or(0), false);
  chart.title = title_of("Replies per second", runs, rates.front(),
                         [](double rate) { return grouped(rate); });
  chart.description = "Right replies per second, over the time of the run";
  if (due) {
    double most = *due;
    for (const auto& of_run : rates) {
      for (const double rate : of_run)
        most = std::max(most, rate);
    }
    chart.marks.push_back(
        {.axis = Axis::y, .place = from_zero(most).place(*due), .label = rate_text(*due) + " due"});
  }
  return chart;
}

Chart errors_over_time(Runs runs) {
  Chart chart = rates_over_time(runs, of_each_run(runs, error_rates), 0, true);
  chart.title = "Errors per second";
  chart.description = "Requests that failed per second, over the time of the run";
  return chart;
}

std::vector<Chart> latencies_over_time(Runs runs) {
  const std::array<LatencyCourse, 3> courses{
      {{"p50", "The median latency in each interval of the run",
        [](const auto& course) { return without_gaps(course.p50); }},
       {"p99", "The latency that 99 % do not exceed in each interval of the run",
        [](const auto& course) { return without_gaps(course.p99); }},
       {"The longest that a reply took", "The longest latency in each interval of the run",
        [](const auto& course) { return course.longest; }}}};
  std::vector<Chart> charts;
  for (const auto& course : courses) {
    if (auto chart = latency_over_time(runs, course)) charts.push_back(std::move(*chart));
  }
  return charts;
}

}  // namespace yodel::client
