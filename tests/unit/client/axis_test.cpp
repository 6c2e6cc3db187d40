// The axes of the report: labels where the data are, without collisions, on every screen.

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <string>
#include <utility>
#include <vector>

#include "client/report/charts.hpp"
#include "client/report/scale.hpp"

namespace yodel::client {
namespace {

constexpr double hour = 3'600'000;  // in milliseconds
// The widths of the x axis and of a character, as in style.css.
constexpr double wide = 370;
constexpr double narrow = 250;
constexpr double character = 7.2;

std::vector<Tick> shown(const std::vector<Tick>& ticks, double width) {
  std::vector<Tick> labels;
  for (const auto& tick : ticks) {
    if (!tick.label.empty() && (width == wide || !tick.spare)) labels.push_back(tick);
  }
  return labels;
}

std::vector<std::string> texts(const std::vector<Tick>& ticks) {
  std::vector<std::string> all(ticks.size());
  std::transform(ticks.begin(), ticks.end(), all.begin(),
                 [](const auto& tick) { return tick.label; });
  return all;
}

double width_of(const Tick& tick) {
  const auto continued = std::count_if(tick.label.begin(), tick.label.end(),
                                       [](char c) { return (c & 0xc0) == 0x80; });
  return character *
         static_cast<double>(static_cast<std::ptrdiff_t>(tick.label.size()) - continued);
}

// Returns the widest part of the axis without a label in pixels, or -1 if two labels collide.
double widest_gap(const std::vector<Tick>& labels, double width) {
  double gap = labels.front().place * width;
  for (std::size_t i = 1; i < labels.size(); ++i) {
    const double distance = (labels[i].place - labels[i - 1].place) * width;
    if (distance < (width_of(labels[i - 1]) + width_of(labels[i])) / 2 + 5) return -1;
    gap = std::max(gap, distance);
  }
  return std::max(gap, (1 - labels.back().place) * width);
}

// Returns whether each decade from `low` to `high` has a label in it or at its edges.
bool each_decade_has_a_label(double low, double high, const std::vector<Tick>& labels) {
  const Scale scale = logarithmic(low, high);
  constexpr double rounding = 1e-9;
  for (double decade = std::floor(std::log10(low) + rounding); decade < std::log10(high) - rounding;
       ++decade) {
    const double begin = scale.place(std::pow(10, decade)) - rounding;
    const double end = scale.place(std::pow(10, decade + 1)) + rounding;
    if (std::none_of(labels.begin(), labels.end(),
                     [&](const Tick& tick) { return tick.place >= begin && tick.place <= end; })) {
      return false;
    }
  }
  return true;
}

void expect_labels(double low, double high) {
  const Scale scale = logarithmic(low, high);
  const auto ticks = scale.ticks(Axis::x, time_label);
  for (const double width : {wide, narrow}) {
    SCOPED_TRACE(std::to_string(low) + " to " + std::to_string(high) + " ms, " +
                 std::to_string(width) + " pixels");
    const auto labels = shown(ticks, width);
    ASSERT_GE(labels.size(), 2u);
    const double gap = widest_gap(labels, width);
    EXPECT_GT(gap, 0) << "labels collide";
    // Within a decade the steps are even, and no label is left out.
    EXPECT_LE(gap, high < 8 * low ? 210 : 165);
    // Longer axes have a label at every second decade, and those at their ends may lie beyond them.
    const double longest = width == wide ? 1e8 : 1e5;
    if (low > 0 && high > 10 * low && high < longest * low) {
      EXPECT_TRUE(each_decade_has_a_label(low, high, labels));
    }
  }
}

TEST(Axis, HasLabelsWhereTheDataAre) {
  for (const auto& [low, high] : std::vector<std::pair<double, double>>{{0.02, 4},
                                                                        {0.001, hour},
                                                                        {0.09, 0.11},
                                                                        {0.05, 0.05},
                                                                        {0, 0.01},
                                                                        {0, 4},
                                                                        {0, hour},
                                                                        {0.02, 0.2},
                                                                        {0.95, 9.5},
                                                                        {1, 1000},
                                                                        {1, 1e6},
                                                                        {0.3, 2900},
                                                                        {10, 10.001}}) {
    expect_labels(low, high);
  }
  for (double low = 0.001; low < hour / 10; low *= 1.37) {
    for (double ratio = 1; low * ratio <= hour; ratio *= 1.23)
      expect_labels(low, low * ratio);
  }
}

TEST(Axis, HasALineWithoutRoomForALabel) {
  const auto ticks = logarithmic(0.02, 4).ticks(Axis::x, time_label);
  EXPECT_EQ(texts(ticks),
            (std::vector<std::string>{"20 µs", "50 µs", "100 µs", "", "500 µs", "1 ms", "2 ms"}));
  EXPECT_EQ(texts(shown(ticks, narrow)), (std::vector<std::string>{"20 µs", "100 µs", "1 ms"}));
  Chart chart;
  chart.x = chart.y = ticks;
  const auto html = to_html(chart);
  EXPECT_EQ(html.find("></span>"), std::string::npos);
  EXPECT_NE(html.find("M874 0V2000"), std::string::npos) << "200 µs\n" << html;
  EXPECT_EQ(
      texts(logarithmic(0.001, hour).ticks(Axis::x, time_label)),
      (std::vector<std::string>{"1 µs", "", "100 µs", "", "10 ms", "", "1 s", "", "100 s", ""}));
}

TEST(Axis, HasALabelNearTheMedianOfALongTail) {
  RunRecord run;
  run.precision = 0.0005;
  run.latencies.front() = LatencyRecord{
      .count = 1000,
      .values = {0.02, 0.08, 0.06, 0.15, 0.2, 3.9, 4},
      .bins = {
          {.upper = 0.06, .count = 600}, {.upper = 0.2, .count = 390}, {.upper = 4, .count = 10}}};
  const std::vector<RunRecord> runs{run};
  const auto ticks = histogram(runs, 0).x;
  const double median = logarithmic(0.02, 4).place(0.06);
  for (const double width : {wide, narrow}) {
    double nearest = 1;
    for (const auto& tick : shown(ticks, width))
      nearest = std::min(nearest, std::abs(tick.place - median));
    EXPECT_LT(nearest * width, 60) << width;
  }
}

TEST(Histogram, DrawsARareTimeAPixelHigh) {
  RunRecord run;
  run.latencies.front() = LatencyRecord{
      .count = 8000, .values = {0.02, 0, 0, 0, 0, 0, 4}, .bins = {{0.02, 7999}, {4, 1}}};
  const std::vector<RunRecord> runs{run};
  const auto chart = histogram(runs, 0);
  const double height = 224;  // style.css: 14rem
  double lowest = height;
  for (const auto& spot : chart.lines.at(0).spots) {
    if (spot.y > 0) lowest = std::min(lowest, spot.y * height);
  }
  EXPECT_GE(lowest, 1);
  EXPECT_LE(lowest, 1.5) << "it is 0.0125 % of all";
}

}  // namespace
}  // namespace yodel::client
