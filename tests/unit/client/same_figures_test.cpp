// JSON, page and summary of a run show the same figures.

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <string>
#include <utility>
#include <vector>

#include "client/measure/figures.hpp"
#include "client/report/page.hpp"
#include "client/report/run_json.hpp"
#include "client/report/summary.hpp"

namespace yodel::client {
namespace {

using nlohmann::json;

// Returns a run with figures from `first` on, no two of them equal.
RunRecord run_of_many_figures(double first) {
  double next = first;
  const auto number = [&] { return next += 1.0617; };
  const auto count = [&] { return static_cast<std::uint64_t>(next += 3); };
  RunRecord run;
  run.server = "192.0.2.1:9999";
  run.rate_due = 100;
  run.elapsed = number();
  run.replies_per_second = number();
  run.precision = 0.0005;
  run.time_series.interval = 0.1;
  run.drain = number();
  run.first_error = "the server says: enough";
  for (auto* each : {&run.replies, &run.replies_after, &run.failed, &run.connections,
                     &run.bytes_sent, &run.bytes_received, &run.queued, &run.unsent})
    *each = count();
  auto& tcp = run.tcp.emplace();
  tcp.rtt = number();
  tcp.min_rtt = number();
  tcp.syn_retransmits = count();
  tcp.retransmits = count();
  tcp.mss = count();
  tcp.max_mss = count();
  run.client_time = number();
  run.opened = count();
  run.unknown_shares = count();
  run.connections_at_once = 10'000;
  for (auto& error : run.errors)
    error = count();
  for (auto& times : run.latencies) {
    times.emplace();
    times->count = 1000 + count();  // enough for each percentile
    for (auto& value : times->values)
      value = number();
    times->bins = {{.upper = times->max(), .count = times->count}};
  }
  return run;
}

const std::vector<std::pair<std::string, std::string>> latency_figures{
    {"min", "min"}, {"mean", "mean"},   {"p50", "p50"}, {"p90", "p90"},
    {"p99", "p99"}, {"p99_9", "p99.9"}, {"max", "max"}, {"count", "count"}};

// Returns the rows of the page's tables by name: the machine-readable figures of one run, in order.
std::map<std::string, std::vector<double>> rows_of(const std::string& page,
                                                   const std::string& side) {
  const std::regex row(R"(<tr><th scope="row">([^<]*)</th>(.*)</tr>)");
  const std::regex figure("<data class=\"" + side + "\" value=\"([^\"]*)\">");
  std::map<std::string, std::vector<double>> rows;
  for (std::sregex_iterator at(page.begin(), page.end(), row), end; at != end; ++at) {
    const std::string cells = (*at)[2];
    for (std::sregex_iterator cell(cells.begin(), cells.end(), figure); cell != end; ++cell)
      rows[(*at)[1]].push_back(std::stod((*cell)[1]));
  }
  return rows;
}

void expect_page(const std::string& page, const std::string& side, const json& figures) {
  auto rows = rows_of(page, side);
  std::vector<std::pair<std::string, std::string>> counts{
      {"Replies per second", "/replies_per_s"},
      {"Replies", "/replies"},
      {"Replies after the end", "/replies_after"},
      {"… within", "/drain_s"},
      {"Failed", "/failed"},
      {"Time", "/elapsed_s"},
      {"Connections made", "/connections"},
      {"… open at the start", "/opened"},
      {"Sent", "/bytes_sent"},
      {"Received", "/bytes_received"},
      {"Server and network unknown", "/unknown_shares"},
      {"TCP round trip", "/tcp/rtt_ms"},
      {"… minimum", "/tcp/min_rtt_ms"},
      {"Segments retransmitted", "/tcp/retransmits"},
      {"… SYNs", "/tcp/syn_retransmits"},
      {"Due while every connection was busy", "/queued"},
      {"Due but never sent", "/unsent"}};
  for (const auto& error : request_errors) {
    counts.emplace_back("… " + std::string(error.name), "/errors/" + std::string(error.key));
  }
  for (const auto& [row, key] : counts) {
    EXPECT_EQ(rows[row], std::vector{figures[json::json_pointer(key)].get<double>()}) << row;
    rows.erase(row);
  }
  EXPECT_EQ(rows["MSS"], (std::vector{figures["tcp"]["mss"].get<double>(),
                                      figures["tcp"]["max_mss"].get<double>()}));
  rows.erase("MSS");
  for (const auto& [key, name] : latency_figures) {
    std::vector<double> each(time_kinds.size());
    for (std::size_t i = 0; i < time_kinds.size(); ++i)
      each[i] = figures["latency_ms"][std::string(time_kinds.at(i).key)][key];
    EXPECT_EQ(rows[name], each) << key;
    rows.erase(name);
  }
  EXPECT_TRUE(rows.empty()) << rows.begin()->first << " is not checked here";
}

TEST(Figures, AreThoseOfTheJsonInThePage) {
  const std::vector<RunRecord> runs{run_of_many_figures(10.5), run_of_many_figures(2000.25)};
  const auto page = report_page(runs);
  expect_page(page, "this", json::parse(to_json(runs[0])));
  expect_page(page, "old", json::parse(to_json(runs[1])));
}

// A run over a Unix socket, or of an older yodel, has nothing to compare with.
TEST(Figures, HaveADashWhereThereWasNoTcp) {
  std::vector<RunRecord> runs{run_of_many_figures(10.5), run_of_many_figures(2000.25)};
  runs[1].tcp.reset();
  auto rows = rows_of(report_page(runs), "old");
  EXPECT_TRUE(rows["TCP round trip"].empty());
  EXPECT_NE(report_page(runs).find("<td>–</td></tr>"), std::string::npos);
  runs[0].tcp.reset();
  EXPECT_EQ(report_page(runs).find("TCP"), std::string::npos);
  EXPECT_EQ(report_page(runs).find("MSS"), std::string::npos);
  EXPECT_EQ(summary_text(runs[0]).find("TCP"), std::string::npos);
}

TEST(Figures, AreThoseOfTheJsonInTheSummary) {
  const RunRecord run = run_of_many_figures(10.5);
  const json figures = json::parse(to_json(run));
  // Long lines are broken.
  const auto text = std::regex_replace(summary_text(run), std::regex("\n {4}"), " ");
  const auto expect = [&](const std::string& part) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  };
  const auto number = [&](const char* key) { return grouped(figures[key].get<std::uint64_t>()); };
  expect(fmt::format("  {} replies in {} ({}/s), {} connections\n", number("replies"),
                     time_text(figures["elapsed_s"].get<double>() * 1000, 3),
                     grouped(figures["replies_per_s"].get<double>()), number("connections")));
  expect(fmt::format("  {} sent, {} received (",
                     bytes_text(figures["bytes_sent"].get<std::uint64_t>()),
                     bytes_text(figures["bytes_received"].get<std::uint64_t>())));
  const auto& tcp = figures["tcp"];
  expect(fmt::format(
      "  TCP: round trip {} (minimum {}), {} segments retransmitted, {} of them SYNs, "
      "MSS {} to {}\n",
      time_text(tcp["rtt_ms"].get<double>(), 3), time_text(tcp["min_rtt_ms"].get<double>(), 3),
      grouped(tcp["retransmits"].get<std::uint64_t>()),
      grouped(tcp["syn_retransmits"].get<std::uint64_t>()),
      grouped(tcp["mss"].get<std::uint64_t>()), grouped(tcp["max_mss"].get<std::uint64_t>())));
  expect(fmt::format("  {} more came in the {} after that", number("replies_after"),
                     time_text(figures["drain_s"].get<double>() * 1000, 3)));
  expect(number("opened") + " of 10,000 connections open");
  expect("(first: " + figures["first_error"].get<std::string>() + ")\n");
  std::uint64_t failed = 0;
  for (const auto& error : request_errors) {
    const auto count = figures["errors"][std::string(error.key)].get<std::uint64_t>();
    expect(fmt::format("{} {}", grouped(count), error.name));
    failed += count;
  }
  expect(fmt::format("  {} failed: ", grouped(failed)));
  expect(fmt::format("{} requests were due while every connection was busy", number("queued")));
  expect(fmt::format("server and network are unknown for {} replies", number("unknown_shares")));
  expect(fmt::format("{} requests were due but never sent", number("unsent")));
  for (const auto& kind : time_kinds) {
    if (kind.of_client) continue;
    std::string row = fmt::format("\n  {:<20}", kind.name);
    for (const std::string figure : {"min", "p50", "p90", "p99", "p99_9", "max"}) {
      row += fmt::format(
          "{:>9}",
          time_text(figures["latency_ms"][std::string(kind.key)][figure].get<double>(), 3));
    }
    expect(row + "\n");
  }
}

}  // namespace
}  // namespace yodel::client
