// The charts of the report of `yodel bench`: their drawing and their texts.

#include "client/report/charts.hpp"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "client/measure/figures.hpp"
#include "client/report/chart.hpp"
#include "client/report/scale.hpp"
#include "tests/unit/client/a_run.hpp"

namespace yodel::client {
namespace {

using nlohmann::json;

TEST(Scale, MapsEachValueToItsPlace) {
  const Scale even(Scale::Kind::linear, 10, 20);
  EXPECT_EQ(even.place(15), 0.5);
  EXPECT_EQ(even.place(0), 0);
  EXPECT_EQ(even.place(30), 1);
  const Scale decades(Scale::Kind::logarithmic, 1, 100);
  EXPECT_DOUBLE_EQ(decades.place(10), 0.5);
  EXPECT_DOUBLE_EQ(decades.value(0.5), 10);
}

std::vector<std::string> labels(const std::vector<Tick>& ticks) {
  std::vector<std::string> all;
  all.reserve(ticks.size());
  for (const auto& tick : ticks)
    if (!tick.label.empty()) all.push_back(tick.label);
  return all;
}

TEST(Scale, HasRoundTicks) {
  using Labels = std::vector<std::string>;
  EXPECT_EQ(labels(from_zero(0).ticks(Axis::y, number_label)),
            (Labels{"0", "0.2", "0.4", "0.6", "0.8", "1"}));
  EXPECT_EQ(labels(from_zero(12'000).ticks(Axis::y, number_label)),
            (Labels{"0", "2 k", "4 k", "6 k", "8 k", "10 k", "12 k"}));
  EXPECT_EQ(labels(logarithmic(0.05, 0.5).ticks(Axis::x, time_label)),
            (Labels{"50 µs", "100 µs", "200 µs", "500 µs"}));
  EXPECT_EQ(labels(logarithmic(0.01, 9000).ticks(Axis::x, time_label)),
            (Labels{"10 µs", "100 µs", "1 ms", "10 ms", "100 ms", "1 s", "5 s"}));
}

TEST(Scale, HasTicksForEveryRange) {
  for (int i = 0; i < 70; ++i) {
    const double low = 0.001 * std::pow(1.37, i);  // to an hour
    for (int j = 0; j < 19; ++j) {
      const double ratio = std::pow(3, j);
      for (const Axis axis : {Axis::x, Axis::y}) {
        const auto ticks = logarithmic(low, low * ratio).ticks(axis, time_label);
        ASSERT_GE(labels(ticks).size(), 2u) << low << " to " << low * ratio;
        ASSERT_LE(labels(ticks).size(), 9u);
        for (const auto& tick : ticks) {
          ASSERT_GE(tick.place, 0);
          ASSERT_LE(tick.place, 1);
        }
      }
    }
  }
}

TEST(Scale, LeavesOutLabelsWithoutRoom) {
  const std::vector<Tick> ticks{{.place = 0, .label = "10 µs"},
                                {.place = 0.05, .label = "20 µs"},
                                {.place = 0.15, .label = "50 µs"},
                                {.place = 0.5, .label = "1 ms"}};
  const auto some = with_room(ticks, Axis::x);
  ASSERT_EQ(labels(some), (std::vector<std::string>{"10 µs", "50 µs", "1 ms"}));
  EXPECT_FALSE(some[0].spare);
  EXPECT_TRUE(some[1].spare) << "on a phone it has no room";
  EXPECT_FALSE(some[2].spare);
}

TEST(Texts, HaveAFittingUnit) {
  EXPECT_EQ(time_text(0), "0.000 µs");
  EXPECT_EQ(time_text(0.058613), "58.61 µs");
  EXPECT_EQ(time_text(1), "1.000 ms");
  EXPECT_EQ(time_text(12.3456), "12.35 ms");
  EXPECT_EQ(time_text(3'600'000), "3600 s");
  EXPECT_EQ(time_text(0.00812, 3), "8.12 µs");
  EXPECT_EQ(time_text(0.000812, 3), "0.812 µs");
  EXPECT_EQ(time_text(0.00006), "0.060 µs") << "no digits below a nanosecond";
  EXPECT_EQ(time_label(0.3), "300 µs");
  EXPECT_EQ(time_label(1500), "1.5 s");
  EXPECT_EQ(number_label(1'200'000), "1.2 M");
}

TEST(Charts, PlaceEachPercentile) {
  const std::vector<RunRecord> runs{record_in(a_run())};
  const Chart chart = percentile_curve(runs, round_trip);
  ASSERT_EQ(chart.lines.size(), 1u);
  // The axis ends at the last of 1000 values, log10(2000), and goes from 1 / 1.1 ms to 1100 ms.
  const double width = std::log10(2000);
  const Scale time(Scale::Kind::logarithmic, 1 / 1.1, 1100);
  for (const auto& [percent, milliseconds] :
       std::vector<std::pair<double, double>>{{50, 500}, {90, 900}, {99, 990}, {99.9, 999}}) {
    const double x = -std::log10(1 - percent / 100) / width;
    const auto& spots = chart.lines[0].spots;
    const auto behind =
        std::find_if(spots.begin(), spots.end(), [&](const Spot& spot) { return spot.x >= x; });
    ASSERT_NE(behind, spots.end());
    EXPECT_NEAR(time.value(behind->y), milliseconds, milliseconds * 0.003) << percent;
  }
  EXPECT_NEAR(chart.lines[0].spots.back().x, 1, 1e-9);
  EXPECT_EQ(labels(chart.x), (std::vector<std::string>{"50", "90", "99", "99.9"}));
}

TEST(Charts, CountEachTimeOnce) {
  const std::vector<RunRecord> runs{record_in(a_run())};
  const Chart chart = histogram(runs, round_trip);
  double sum = 0;
  for (const auto& note : chart.notes)
    sum += std::stod(note.text.substr(note.text.find(": ") + 2));
  EXPECT_NEAR(sum, 100, 0.5);
}

TEST(Charts, ShowTheRunOverTime) {
  const std::vector<RunRecord> runs{record_in(a_run())};
  const Chart replies = replies_over_time(runs);
  ASSERT_EQ(replies.lines.size(), 1u);
  for (const auto& spot : replies.lines[0].spots)
    EXPECT_NEAR(spot.y, 1 / 1.05, 1e-9) << "1000 in a second, all the time";
  EXPECT_EQ(replies.notes.at(4).text,
            "at 0.4 s: 1,000 replies/s, p50 443 ms, p99 498 ms, max 500.0 ms, 10 errors/s");
  const Chart errors = errors_over_time(runs);
  const auto& spots = errors.lines.at(0).spots;
  for (std::size_t i = 0; i < spots.size(); ++i)
    EXPECT_EQ(spots[i].y > 0, i / 2 == 4) << i;
}

TEST(Charts, DrawTheOldRunUnderThisOne) {
  auto old_run = json::parse(a_run());
  old_run["time_series"]["interval_s"] = 0.2;
  old_run["elapsed_s"] = 2.0;
  const std::vector<RunRecord> runs{record_in(a_run()), record_in(old_run.dump())};
  const Chart chart = replies_over_time(runs);
  ASSERT_EQ(chart.lines.size(), 2u);
  EXPECT_EQ(chart.lines[0].side, Side::old_run);
  EXPECT_EQ(chart.lines[1].side, Side::this_run);
  EXPECT_NEAR(chart.lines[0].spots.back().x, 1, 1e-9) << "the axis has room for the longer run";
  EXPECT_NEAR(chart.lines[1].spots.back().x, 0.5, 1e-9);
  EXPECT_EQ(chart.notes.at(3).text,
            "at 0.3 s: this run 1,000 replies/s, p50 350 ms, p99 394 ms, max 400.0 ms, 0 "
            "errors/s; old run 500 replies/s, p50 148 ms, p99 200 ms, max 200.0 ms, 0 errors/s");
  EXPECT_EQ(chart.notes.back().text,
            "at 1.9 s: old run 500 replies/s, p50 934 ms, p99 1.00 s, max 1.000 s, 0 errors/s");
}

TEST(Charts, LeaveTheDrainOutOfTheRate) {
  auto run = json::parse(a_run());
  run["elapsed_s"] = 0.95;
  std::vector<RunRecord> runs{record_in(run.dump())};
  EXPECT_EQ(replies_over_time(runs).lines.at(0).spots.size(), 18u) << "the tenth is not complete";
  run["elapsed_s"] = 0.05;
  runs = {record_in(run.dump())};
  EXPECT_EQ(replies_over_time(runs).notes.at(0).text,
            "at 0 s: 2,000 replies/s, p50 49.3 ms, p99 99.8 ms, max 100.0 ms, 0 errors/s");
}

TEST(Charts, CanBeReadWithoutAPointer) {
  auto run = json::parse(a_run());
  run["run"]["rate_per_s"] = 2000;
  const std::vector<RunRecord> runs{record_in(run.dump())};
  const auto& marks = histogram(runs, round_trip).marks;
  ASSERT_EQ(marks.size(), 2u);
  EXPECT_EQ(marks[0].label, "p50 500 ms");
  EXPECT_EQ(marks[1].label, "p99 990 ms");
  EXPECT_NEAR(marks[0].place, logarithmic(1, 1000).place(500), 1e-9);
  const Chart replies = replies_over_time(runs);
  EXPECT_EQ(replies.title, "Replies per second: 1,000");
  ASSERT_EQ(replies.marks.size(), 1u);
  EXPECT_EQ(replies.marks[0].axis, Axis::y);
  EXPECT_EQ(replies.marks[0].label, "2,000 requests due");
  EXPECT_NEAR(replies.marks[0].place, 1 / 1.05, 1e-9) << "the axis has room for it";
  const auto latencies = latencies_over_time(runs);
  ASSERT_EQ(latencies.size(), 3u);
  EXPECT_EQ(latencies[0].title, "p50: 49.3 ms to 934 ms");
  EXPECT_EQ(latencies[2].title, "max: 100 ms to 1.00 s");
}

// Returns a record of 1 to `count` ms, each once.
LatencyRecord times_of(std::uint64_t count) {
  LatencyRecord times{.count = count, .values = {}, .bins = {}};
  for (std::uint64_t i = 1; i <= count; ++i)
    times.bins.push_back({.upper = static_cast<double>(i), .count = 1});
  times.values.front() = 1;
  times.values.back() = static_cast<double>(count);
  return times;
}

TEST(Charts, DrawFewTimesAsDots) {
  RunRecord few;
  few.latencies.at(round_trip) = times_of(29);
  EXPECT_FALSE(is_distribution(few.latencies.at(round_trip)));
  const auto chart = histogram(std::vector{few}, round_trip);
  ASSERT_EQ(chart.lines.size(), 1u);
  EXPECT_TRUE(chart.lines[0].dots);
  EXPECT_EQ(chart.lines[0].spots.size(), 29u);
  EXPECT_TRUE(chart.marks.empty());
  EXPECT_NE(to_html(chart).find("<path class=\"line this dots\" d=\"M"), std::string::npos);
  RunRecord more;
  more.latencies.at(round_trip) = times_of(30);
  EXPECT_TRUE(is_distribution(more.latencies.at(round_trip)));
  const std::vector<RunRecord> runs{few, more};
  const auto both = histogram(runs, round_trip);
  ASSERT_EQ(both.lines.size(), 2u);
  EXPECT_TRUE(both.lines[0].filled) << "the old run has a shape";
  EXPECT_TRUE(both.lines[1].dots);
  EXPECT_EQ(percentile_curve(runs, round_trip).lines.size(), 1u);
}

TEST(Charts, LabelOnlyPercentilesWithEnoughValues) {
  for (const auto& [count, last] : std::vector<std::pair<std::uint64_t, std::string>>{
           {99, "90"}, {100, "99"}, {999, "99"}, {1000, "99.9"}}) {
    RunRecord run;
    run.latencies.at(round_trip) = times_of(count);
    EXPECT_EQ(labels(percentile_curve(std::vector{run}, round_trip).x).back(), last) << count;
    const auto& times = *run.latencies.at(round_trip);
    EXPECT_EQ(times.supports(LatencyRecord::i_p99), count >= 100);
    EXPECT_EQ(times.supports(LatencyRecord::i_p99_9), count >= 1000);
  }
}

TEST(Chart, HasItsTextsOutsideOfTheDrawing) {
  Chart chart;
  chart.title = "a & b";
  chart.x = {{.place = 0.25, .label = "<1>", .spare = true}};
  chart.lines = {{.side = Side::old_run,
                  .filled = true,
                  .spots = {{.x = 0, .y = 0.5}, {.x = 0, .y = 0.5}, {.x = 1, .y = 1}}}};
  chart.notes = {{.begin = 0, .end = 0.5, .text = "\"note\""}};
  chart.marks = {{.axis = Axis::x, .place = 0.75, .label = "p50 <"},
                 {.axis = Axis::x, .place = 1, .label = "p99"},
                 {.axis = Axis::y, .place = 0.5, .label = "due"}};
  const auto html = to_html(chart);
  for (
      const std::string part :
      {"<figcaption>a &amp; b</figcaption>", "d=\"M0 2000L0 1000L2000 0L2000 2000\"",
       R"(<span class="x spare" style="left:25.00%">&lt;1&gt;</span>)",
       R"(<path class="mark" d="M1500 0V2000"/>)", R"(<path class="mark" d="M0 1000H2000"/>)",
       R"x(<span class="mark" style="left:75.00%;transform:translateX(-75.00%)">p50 &lt;</span>)x",
       R"x(<span class="mark high" style="left:100.00%;transform:translateX(-100.00%)">p99</span>)x",
       R"(<span class="level" style="bottom:50.00%">due</span>)",
       R"(<rect x="0" width="1000" height="2000"><title>&quot;note&quot;</title></rect>)"}) {
    EXPECT_NE(html.find(part), std::string::npos) << part << "\n" << html;
  }
}

}  // namespace
}  // namespace yodel::client
