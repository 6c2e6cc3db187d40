// The report of `yodel bench`: what it reads, where it draws, and what it says.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "client/bench/record.hpp"
#include "client/report/chart.hpp"
#include "client/report/charts.hpp"
#include "client/report/page.hpp"
#include "client/report/run_json.hpp"
#include "client/report/scale.hpp"

namespace yodel::client {
namespace {

using namespace bench;
using nlohmann::json;
using namespace std::chrono_literals;

// A run of a second that has measured 1 to 1000 ms, each once, and has lost one reply.
RunRecord a_record() {
  BenchPlan plan;
  plan.server = "192.0.2.1:9999";
  plan.duration = 1s;
  plan.connections = 3;
  BenchResult result;
  result.elapsed = 1s;
  for (int i = 1; i <= 1000; ++i) {
    ++result.tally.replies;
    result.tally.record(TimeKind::round_trip, std::chrono::milliseconds(i));
    result.tally.series.reply(std::chrono::milliseconds(i - 1), std::chrono::milliseconds(i));
  }
  result.tally.record(TimeKind::connect, 20us);
  result.tally.fail(RequestError::reset, "connection reset by peer", 450ms);
  return bench::record_of(plan, result);
}

std::string a_run() {
  return to_json(a_record());
}

RunRecord record_in(const std::string& text) {
  auto run = parse_run(text);
  if (!run) throw std::runtime_error(run.error());
  return *run;
}

const std::size_t round_trip = index_of(TimeKind::round_trip);
const std::size_t whole = index_of(TimeKind::whole);

TEST(RunRecord, IsWhatTheJsonSays) {
  const RunRecord run = record_in(a_run());
  EXPECT_EQ(run.server, "192.0.2.1:9999");
  EXPECT_EQ(run.connections_at_once, 3u);
  EXPECT_EQ(run.duration, 1);
  EXPECT_FALSE(run.requests);
  EXPECT_FALSE(run.rate_due);
  EXPECT_EQ(run.replies, 1000u);
  EXPECT_EQ(run.failed, 1u);
  EXPECT_EQ(count_of(run.errors, RequestError::reset), 1u);
  EXPECT_EQ(count_of(run.errors, RequestError::refused), 0u);
  const auto& times = run.latencies.at(round_trip);
  ASSERT_TRUE(times);
  EXPECT_EQ(times->count, 1000u);
  EXPECT_EQ(times->min(), 1);
  EXPECT_EQ(times->max(), 1000);
  EXPECT_FALSE(run.latencies.at(whole)) << "it was not measured";
  EXPECT_EQ(run.course.interval, 0.1);
  EXPECT_EQ(run.course.replies, std::vector<std::uint64_t>(10, 100));
  EXPECT_EQ(run.course.errors.at(4), 1u);
}

TEST(RunRecord, IsReadAsItWasWritten) {
  EXPECT_EQ(record_in(a_run()), a_record());
  // Nothing was measured, and everything that may be absent is there.
  RunRecord run;
  run.requests = 5;
  run.course.interval = 0.1;
  run.rate_due = 0.1;
  run.duration = 1.0 / 3;
  run.client_limits = {"one", "two \"words\""};
  run.client_busy = run.client_waited = 1.5;
  run.queued = run.unsent = run.replies_after = 4;
  run.client_time = run.drain = 2.5;
  run.first_error = "the server's error: \"no\"";
  EXPECT_EQ(record_in(to_json(run)), run);
}

// What parse_run() says of a run in which what is at `pointer` has become `value`.
std::string error_with(const std::string& pointer, const json& value) {
  json run = json::parse(a_run());
  run[json::json_pointer(pointer)] = value;
  const auto read = parse_run(run.dump());
  return read ? "no error" : read.error();
}

TEST(RunRecord, NamesThePlaceOfWhatIsWrong) {
  const std::string whole_number = "expected a whole number from 0 to 1000000000000000, got ";
  const std::string number = "expected a number from 0 to 1e+15, got ";
  EXPECT_EQ(error_with("/run/threads", "two"), "run.threads: " + whole_number + "'two'");
  EXPECT_EQ(error_with("/run/threads", -1), "run.threads: " + whole_number + "-1");
  EXPECT_EQ(error_with("/run/threads", 1.5), "run.threads: " + whole_number + "1.5");
  EXPECT_EQ(error_with("/replies", 1'000'000'000'000'001),
            "replies: " + whole_number + "1000000000000001");
  EXPECT_EQ(error_with("/run/hold", 0), "run.hold: expected true or false, got 0");
  EXPECT_EQ(error_with("/run/server", {}), "run.server: expected a text, got null");
  EXPECT_EQ(error_with("/run", "x"), "run: expected an object, got 'x'");
  EXPECT_EQ(error_with("/elapsed_s", -1), "elapsed_s: " + number + "-1");
  EXPECT_EQ(error_with("/elapsed_s", 1e300), "elapsed_s: " + number + "1e+300");
  EXPECT_EQ(error_with("/client_limits", "all"), "client_limits: expected a list, got 'all'");
  EXPECT_EQ(error_with("/errors/timed out", "2"), "errors.timed out: " + whole_number + "'2'");
  EXPECT_EQ(error_with("/precision", 0.2), "precision: expected a number from 0 to 0.1, got 0.2");
  EXPECT_EQ(error_with("/something_new", 1), "no error");
  const auto long_text = error_with("/started", json::array({std::string(1000, 'x')})) +
                         error_with("/run/hold", std::string(100'000, 'x'));
  EXPECT_LT(long_text.size(), 300u);
}

TEST(RunRecord, BelievesNoTimesThatContradictThemselves) {
  EXPECT_EQ(error_with("/latency_ms/connect/p99.9", json::array()),
            "latency_ms.connect.p99.9: expected a number from 0 to 1e+15, got array");
  EXPECT_EQ(error_with("/latency_ms/connect/bins", json::array()),
            "latency_ms.connect.bins: expected 1 values in all, as 'count' says, got 0");
  EXPECT_EQ(error_with("/latency_ms/connect/count", 0),
            "latency_ms.connect.bins: expected 0 values in all, as 'count' says, got 1 or more");
  EXPECT_EQ(error_with("/latency_ms/connect/bins/0", json::array({1})),
            "latency_ms.connect.bins[0]: expected an upper bound and a number");
  EXPECT_EQ(error_with("/latency_ms/round_trip/bins/1/0", 0.5).substr(0, 61),
            "latency_ms.round_trip.bins[1][0]: expected a number from 1.00");
  EXPECT_EQ(error_with("/latency_ms/connect/bins/0/1", 0),
            "latency_ms.connect.bins[0][1]: expected a number above 0");
  EXPECT_EQ(error_with("/latency_ms/round_trip/min", 2000),
            "latency_ms.round_trip.min: is above 'max'");
  EXPECT_EQ(error_with("/course/interval_s", 0),
            "course.interval_s: expected a number from 0.001 to 1e+09, got 0");
  EXPECT_EQ(error_with("/course/errors", json::array({1})),
            "course: expected lists of one length, got 10 for 'replies', 1 for 'errors', 10 for "
            "'longest_ms'");
  json run = json::parse(a_run());
  for (const char* list : {"replies", "errors", "longest_ms"})
    run["course"][list] = std::vector<int>(513);
  EXPECT_EQ(parse_run(run.dump()).error(), "course.replies: expected at most 512 items, got 513");
}

// What parse_run() says when `key` is missing at `place` of `run`.
std::string error_without(const json& run, const std::string& place, const std::string& key) {
  json less = run;
  less[json::json_pointer(place)].erase(key);
  const auto read = parse_run(less.dump());
  return read ? "no error" : read.error();
}

TEST(RunRecord, NeedsEverythingThatAReportShows) {
  const json run = json::parse(a_run());
  const std::vector<std::pair<std::string, std::string>> places{
      {"", ""},
      {"/run", "run."},
      {"/errors", "errors."},
      {"/latency_ms", "latency_ms."},
      {"/latency_ms/round_trip", "latency_ms.round_trip."},
      {"/course", "course."}};
  std::size_t tried = 0;
  for (const auto& [place, path] : places) {
    for (const auto& [key, value] : run[json::json_pointer(place)].items()) {
      EXPECT_EQ(error_without(run, place, key), path + key + ": is missing");
      ++tried;
    }
  }
  EXPECT_GT(tried, 50u);
}

TEST(RunRecord, SaysWhereAFileIsNoJson) {
  EXPECT_TRUE(parse_run("{\n  nonsense").error().starts_with("line 2, column 4: syntax error"))
      << parse_run("{\n  nonsense").error();
  EXPECT_TRUE(parse_run("").error().starts_with("line 1, column 1: ")) << parse_run("").error();
  EXPECT_EQ(parse_run("[]").error(), "the whole: expected an object, got array");
  EXPECT_EQ(parse_run("{\"\x1b[2J\"").error().find('\x1b'), std::string::npos);
  EXPECT_EQ(parse_run(R"({"elapsed_s": 1e400})").error(),
            "elapsed_s: number overflow parsing '1e400'");
  EXPECT_LT(parse_run("{\"" + std::string(1'000'000, 'x')).error().size(), 500u);
  const auto half = a_run().substr(0, 1000);
  EXPECT_TRUE(parse_run(half).error().starts_with("line 1, column 10")) << parse_run(half).error();
}

TEST(Scale, PutsEachValueInItsPlace) {
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

TEST(Scale, LeavesOutLabelsThatHaveNoRoom) {
  const std::vector<Tick> ticks{{.place = 0, .label = "10 µs"},
                                {.place = 0.05, .label = "20 µs"},
                                {.place = 0.15, .label = "50 µs"},
                                {.place = 0.5, .label = "1 ms"}};
  const auto some = with_room(ticks, Axis::x);
  ASSERT_EQ(labels(some), (std::vector<std::string>{"10 µs", "50 µs", "1 ms"}));
  EXPECT_FALSE(some[0].spare);
  EXPECT_TRUE(some[1].spare) << "on a phone it has none either";
  EXPECT_FALSE(some[2].spare);
}

TEST(Texts, HaveTheUnitThatSuits) {
  EXPECT_EQ(time_text(0), "0.000 µs");
  EXPECT_EQ(time_text(0.058613), "58.61 µs");
  EXPECT_EQ(time_text(1), "1.000 ms");
  EXPECT_EQ(time_text(12.3456), "12.35 ms");
  EXPECT_EQ(time_text(3'600'000), "3600 s");
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

TEST(Charts, ShowTheCourse) {
  const std::vector<RunRecord> runs{record_in(a_run())};
  const Chart replies = replies_over_time(runs);
  ASSERT_EQ(replies.lines.size(), 1u);
  for (const auto& spot : replies.lines[0].spots)
    EXPECT_NEAR(spot.y, 1 / 1.05, 1e-9) << "1000 in a second, all the time";
  EXPECT_EQ(replies.notes.at(4).text, "at 0.4 s: 1000 replies/s, longest 500.0 ms, 10 errors/s");
  const Chart errors = errors_over_time(runs);
  const auto& spots = errors.lines.at(0).spots;
  for (std::size_t i = 0; i < spots.size(); ++i)
    EXPECT_EQ(spots[i].y > 0, i / 2 == 4) << i;
}

TEST(Charts, LayTheOldRunUnderThisOne) {
  auto old_run = json::parse(a_run());
  old_run["course"]["interval_s"] = 0.2;
  old_run["elapsed_s"] = 2.0;
  const std::vector<RunRecord> runs{record_in(a_run()), record_in(old_run.dump())};
  const Chart chart = replies_over_time(runs);
  ASSERT_EQ(chart.lines.size(), 2u);
  EXPECT_EQ(chart.lines[0].side, Side::old_run);
  EXPECT_EQ(chart.lines[1].side, Side::this_run);
  EXPECT_NEAR(chart.lines[0].spots.back().x, 1, 1e-9) << "the axis has room for the longer run";
  EXPECT_NEAR(chart.lines[1].spots.back().x, 0.5, 1e-9);
  EXPECT_EQ(chart.notes.at(3).text,
            "at 0.3 s: this run 1000 replies/s, longest 400.0 ms, 0 errors/s; old run 500 "
            "replies/s, longest 200.0 ms, 0 errors/s");
  EXPECT_EQ(chart.notes.back().text,
            "at 1.9 s: old run 500 replies/s, longest 1.000 s, 0 errors/s");
}

TEST(Charts, LeaveWhatComesAfterTheEndOutOfTheRate) {
  auto run = json::parse(a_run());
  run["elapsed_s"] = 0.95;
  std::vector<RunRecord> runs{record_in(run.dump())};
  EXPECT_EQ(replies_over_time(runs).lines.at(0).spots.size(), 18u) << "the tenth is not whole";
  run["elapsed_s"] = 0.05;
  runs = {record_in(run.dump())};
  EXPECT_EQ(replies_over_time(runs).notes.at(0).text,
            "at 0 s: 2000 replies/s, longest 100.0 ms, 0 errors/s");
}

TEST(Chart, IsTextOutsideOfTheDrawing) {
  Chart chart;
  chart.title = "a & b";
  chart.x = {{.place = 0.25, .label = "<1>", .spare = true}};
  chart.lines = {{.side = Side::old_run,
                  .filled = true,
                  .spots = {{.x = 0, .y = 0.5}, {.x = 0, .y = 0.5}, {.x = 1, .y = 1}}}};
  chart.notes = {{.begin = 0, .end = 0.5, .text = "\"note\""}};
  const auto html = to_html(chart);
  for (const std::string part :
       {"<figcaption>a &amp; b</figcaption>", "d=\"M0 2000L0 1000L2000 0L2000 2000\"",
        R"(<span class="x spare" style="left:25.00%">&lt;1&gt;</span>)",
        R"(<rect x="0" width="1000" height="2000"><title>&quot;note&quot;</title></rect>)"}) {
    EXPECT_NE(html.find(part), std::string::npos) << part << "\n" << html;
  }
}

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++count;
  return count;
}

TEST(Page, ShowsARunThatHasMeasuredNothing) {
  const BenchPlan plan;
  BenchResult result;
  result.tally.connections = 3;  // of the warm-up
  const std::vector<RunRecord> runs{bench::record_of(plan, result)};
  const auto page = report_page(runs);
  EXPECT_EQ(count_of(page, "Nothing was measured."), 2u) << "no latency, no course";
  EXPECT_EQ(count_of(page, "<svg"), 0u);
}

TEST(Page, HasOnlyNumbersWhateverTheRun) {
  auto run = json::parse(a_run());
  const double most = 1e15;
  run["elapsed_s"] = run["replies_per_s"] = most;
  run["course"]["interval_s"] = 1e-3;
  run["latency_ms"]["round_trip"]["max"] = most;
  run["latency_ms"]["connect"]["min"] = 0;
  run["latency_ms"]["connect"]["max"] = 0;
  auto other = json::parse(a_run());
  other["replies_per_s"] = 5e-324;
  other["course"]["interval_s"] = 1e9;
  other["precision"] = 0;
  const std::vector<RunRecord> runs{record_in(run.dump()), record_in(other.dump())};
  const auto page = report_page(runs);
  EXPECT_EQ(count_of(page, "nan"), 0u);
  EXPECT_EQ(count_of(page, "inf"), 0u);
  EXPECT_LT(page.size(), 1'000'000u);
}

TEST(Page, SaysWhatMakesFiguresDoubtful) {
  auto run = json::parse(a_run());
  run["client_limits"] = {"it had no port left"};
  run["unsent"] = 7;
  run["interrupted"] = true;
  const std::vector<RunRecord> runs{record_in(run.dump())};
  const auto page = report_page(runs);
  for (const char* part : {"LIMITED BY THE CLIENT: it had no port left.",
                           "Never sent: 7 requests that were due.", "Interrupted: it is shorter"}) {
    EXPECT_NE(page.find(part), std::string::npos) << part;
  }
}

}  // namespace
}  // namespace yodel::client
