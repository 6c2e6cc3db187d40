#include <algorithm>
#include <fmt/format.h>
#include <functional>
#include <limits>
#include <utility>

#include "client/report/charts.hpp"

namespace yodel::client {
namespace {

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
