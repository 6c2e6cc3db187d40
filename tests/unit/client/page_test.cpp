// The page of `yodel bench --report`: its key figures, warnings and verdicts.

#include "client/report/page.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "client/report/change.hpp"
#include "client/report/tiles.hpp"
#include "tests/unit/client/a_run.hpp"

namespace yodel::client {
namespace {

using namespace bench;
using nlohmann::json;
using namespace std::chrono_literals;

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++count;
  return count;
}

TEST(Page, ShowsARunThatMeasuredNothing) {
  const BenchPlan plan;
  BenchResult result;
  result.tally.connections = 3;  // of the warm-up
  const std::vector<RunRecord> runs{bench::record_of(plan, result)};
  const auto page = report_page(runs);
  EXPECT_EQ(count_of(page, "Nothing was measured."), 2u) << "no latency, nothing over time";
  EXPECT_EQ(count_of(page, "<svg"), 0u);
}

TEST(Page, HasOnlyNumbersWhateverTheRun) {
  auto run = json::parse(a_run());
  const double most = 1e15;
  run["elapsed_s"] = run["replies_per_s"] = most;
  run["time_series"]["interval_s"] = 1e-3;
  run["latency_ms"]["round_trip"]["max"] = most;
  run["latency_ms"]["connect"]["min"] = 0;
  run["latency_ms"]["connect"]["max"] = 0;
  auto other = json::parse(a_run());
  other["replies_per_s"] = 5e-324;
  other["time_series"]["interval_s"] = 1e9;
  other["precision"] = 0;
  const std::vector<RunRecord> runs{record_in(run.dump()), record_in(other.dump())};
  const auto page = report_page(runs);
  EXPECT_EQ(count_of(page, "nan"), 0u);
  EXPECT_EQ(count_of(page, "inf"), 0u);
  EXPECT_LT(page.size(), 1'000'000u);
}

TEST(Page, WarnsOfDoubtfulFigures) {
  auto run = json::parse(a_run());
  run["client_limits"] = {"it ran out of ports"};
  run["unsent"] = 7;
  run["interrupted"] = true;
  run["opened"] = 2;
  const std::vector<RunRecord> runs{record_in(run.dump())};
  const auto page = report_page(runs);
  for (const char* part :
       {"LIMITED BY THE CLIENT: it ran out of ports.",
        "7 requests were due but never sent: the true", "Interrupted: the run ended early.",
        "note\">2 of 3 connections open: the server takes no more"}) {
    EXPECT_NE(page.find(part), std::string::npos) << part;
  }
}

// Returns a run with `count` times of `milliseconds` and a little more.
RunRecord run_of(std::uint64_t count, double milliseconds) {
  auto run = json::parse(a_run());
  auto& times = run["latency_ms"]["round_trip"];
  times["count"] = count;
  for (const char* figure : {"min", "mean", "p50", "p90", "p99", "p99_9", "max"})
    times[figure] = milliseconds;
  times["max"] = milliseconds * 1.01;
  times["bins"] = json::array({json::array({milliseconds * 1.001, count})});
  return record_in(run.dump());
}

TEST(Tiles, ShowTheKeyFiguresFirst) {
  const std::vector<RunRecord> runs{record_in(a_run())};
  const auto html = tiles(runs);
  for (const char* part :
       {"Replies per second</h2>\n<p class=\"figure\"><data class=\"this\" "
        "value=\"1000\">1,000</data>",
        "p50 <small>round trip</small></h2>\n<p class=\"figure\"><data class=\"this\" "
        "value=\"500\">500 ms",
        "p99 <small>round trip</small></h2>\n<p class=\"figure\"><data class=\"this\" "
        "value=\"990\">990 ms",
        "Failed</h2>\n<p class=\"figure\"><data class=\"this\" value=\"1\">1</data></p>\n<p "
        "class=\"quiet\">of 1,001</p>"}) {
    EXPECT_NE(html.find(part), std::string::npos) << part << "\n" << html;
  }
  EXPECT_EQ(html.find("was"), std::string::npos);
  const auto page = report_page(runs);
  EXPECT_LT(page.find("class=\"tiles\""), page.find("<h2>Latency"));
}

TEST(Tiles, LeaveOutAPercentileOfTooFewValues) {
  const auto html = tiles(std::vector{run_of(99, 5)});
  EXPECT_NE(html.find("<p class=\"figure\">–</p>\n<p class=\"quiet\">only 99 values; needs 100"),
            std::string::npos)
      << html;
}

TEST(Tiles, ShowTheChangeOfEach) {
  const std::vector<RunRecord> runs{run_of(1000, 4), run_of(1000, 5)};
  const auto html = tiles(runs);
  EXPECT_EQ(count_of(html, R"(was <data class="old" value="5">5.00 ms</data> )"
                           R"(<small class="better">▼ -20.0 % better</small>)"),
            2u)
      << html;
  EXPECT_EQ(count_of(html, "value=\"1000\">1,000</data> <small>+0.0 %</small>"), 1u) << html;
}

using Verdict = Change::Verdict;

TEST(Change, IsJudgedIfItIsSignificant) {
  const auto verdict = [](const RunRecord& now, const RunRecord& old, std::size_t figure) {
    return change_of_time(now, old, round_trip, figure).verdict;
  };
  const auto p50 = LatencyRecord::i_p50;
  EXPECT_EQ(verdict(run_of(1000, 5), run_of(1000, 4), p50), Verdict::worse);
  EXPECT_EQ(verdict(run_of(1000, 4.1), run_of(1000, 4), p50), Verdict::unclear) << "2.5 %";
  EXPECT_EQ(verdict(run_of(29, 5), run_of(1000, 4), p50), Verdict::unclear) << "29 values";
  EXPECT_EQ(verdict(run_of(1000, 5), run_of(1000, 4), LatencyRecord::i_max), Verdict::unclear);
  EXPECT_EQ(verdict(run_of(1000, 5), run_of(1000, 4), LatencyRecord::i_mean), Verdict::unclear);
  EXPECT_EQ(change_of_time(run_of(99, 5), run_of(1000, 4), round_trip, LatencyRecord::i_p99).text,
            "");
  // With half of the values at 1 ms and half at 9, chance decides which the median is.
  auto now = run_of(1000, 9);
  auto old = run_of(1000, 1);
  for (auto* run : {&now, &old}) {
    auto& times = run->latencies.at(round_trip);
    times->bins = {{.upper = 1, .count = 500}, {.upper = 9, .count = 500}};
    times->values.front() = 1;
    times->values.back() = 9;
  }
  EXPECT_EQ(verdict(now, old, p50), Verdict::unclear);
}

TEST(Change, OfTheRateIsNotJudgedAtOtherRates) {
  auto slow = record_in(a_run());
  auto fast = slow;
  slow.replies_per_second = 900;
  EXPECT_EQ(change_of_rate(slow, fast).verdict, Verdict::worse);
  EXPECT_EQ(change_of_rate(fast, slow).verdict, Verdict::better);
  slow.rate_due = 900;
  EXPECT_EQ(change_of_rate(slow, fast).verdict, Verdict::unclear);
  EXPECT_EQ(change_of_rate(slow, fast).text, "-10.0 %");
}

TEST(Change, OfFailuresIsByTheirShare) {
  auto one = record_in(a_run());
  auto other = one;
  other.failed = 0;
  EXPECT_EQ(change_of_failures(one, other).verdict, Verdict::worse);
  EXPECT_EQ(change_of_failures(other, one).verdict, Verdict::better);
  other.failed = 3;
  EXPECT_EQ(change_of_failures(one, other).verdict, Verdict::unclear) << "1 and 3 of a thousand";
  one.failed = 400;
  other.failed = 40;
  EXPECT_EQ(change_of_failures(one, other).verdict, Verdict::worse);
  other.replies = 100;
  EXPECT_EQ(change_of_failures(one, other).verdict, Verdict::unclear) << "the same share";
}

TEST(Page, OrdersFiguresByImportance) {
  const std::vector<RunRecord> runs{run_of(1000, 4), run_of(1000, 5)};
  const auto page = report_page(runs);
  std::size_t last = 0;
  for (const char* figure : {"p50", "p99", "max", "p90", "p99.9", "mean", "min", "count"}) {
    const auto at = page.find("<tr><th scope=\"row\">" + std::string(figure) + "</th>");
    ASSERT_NE(at, std::string::npos) << figure;
    EXPECT_GT(at, last) << figure;
    last = at;
  }
}

TEST(Page, ShowsTheSetup) {
  auto run = json::parse(a_run());
  run["run"]["command"] = "yodel bench -d 1 '<x>'";
  run["run"]["server"] = "echo.example.com (192.0.2.1:9999)";
  run["client"] = {
      {"host", "here"}, {"system", "Linux 6.1"}, {"processor", "P"}, {"processors", 8}};
  const auto page = report_page(std::vector{record_in(run.dump())});
  for (const char* part :
       {"<code>yodel bench -d 1 &#39;&lt;x&gt;&#39;</code>", "<td>here</td>", "<td>Linux 6.1</td>",
        "<td>8 × P</td>", "<h1>yodel bench: echo.example.com (192.0.2.1:9999)</h1>"}) {
    EXPECT_NE(page.find(part), std::string::npos) << part;
  }
}

}  // namespace
}  // namespace yodel::client
