// Limits on the JSON of a run: whatever a run can write is accepted, and a hostile file costs
// neither memory nor a large page.

#include <chrono>
#include <cstdint>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "client/report/page.hpp"
#include "client/report/run_json.hpp"

namespace yodel::client {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

// Returns a histogram without an empty bin.
LatencyHistogram full_histogram() {
  LatencyHistogram times;
  times.record(0ns);
  for (double time = 1000; time < 3.7e12; time *= 1.0003)
    times.record(std::chrono::nanoseconds(static_cast<std::int64_t>(time)));
  return times;
}

std::vector<std::string*> texts_of(RunRecord& run) {
  return {&run.version,       &run.started,          &run.command,    &run.client.host,
          &run.client.system, &run.client.processor, &run.server,     &run.address,
          &run.description,   &run.protocol,         &run.first_error};
}

// Returns a run whose lists are full and whose numbers have as many digits as possible.
RunRecord largest_run() {
  LatencyRecord times = record_of(full_histogram()).value();
  const std::uint64_t most = 999'999'999'999'999;
  const std::uint64_t each = most / times.bins.size();
  for (auto& bin : times.bins)
    bin.count = each;
  times.count = each * times.bins.size();
  times.values.fill(1234567.123456);
  RunRecord run;
  for (auto* text : texts_of(run))
    *text = std::string(1000, '\'');
  run.client_limits.assign(10, std::string(200, '\''));
  run.unknown_shares = most;
  run.elapsed = run.duration.emplace(31536000.123456789);
  run.latencies.fill(times);
  run.time_series.interval = 31536000.1;
  run.time_series.replies.assign(TimeSeries::max_intervals, most);
  run.time_series.errors = run.time_series.replies;
  run.time_series.longest.assign(TimeSeries::max_intervals, 3600000.123456);
  run.time_series.p50.assign(TimeSeries::max_intervals, 3600000.123456);
  run.time_series.p99 = run.time_series.p50;
  return run;
}

TEST(RunBounds, AcceptTheLargestRun) {
  const RunRecord run = largest_run();
  EXPECT_EQ(run.latencies.front()->bins.size(), 22'018u) << "max_bins of run_json.cpp";
  const std::string text = to_json(run);
  EXPECT_LT(text.size(), max_run_json);
  EXPECT_GT(text.size(), max_run_json * 3 / 4) << "max_run_json could be smaller";
  const auto read = parse_run(text);
  ASSERT_TRUE(read) << read.error().text;
  EXPECT_EQ(*read, run);
}

TEST(RunBounds, KeepThePageSmall) {
  RunRecord run = largest_run();
  for (auto* text : texts_of(run))
    *text = std::string(4096, '"');
  run.client_limits.assign(16, std::string(4096, '"'));
  const auto read = parse_run(to_json(run));
  ASSERT_TRUE(read) << read.error().text;
  const std::vector<RunRecord> runs{run, *read};
  EXPECT_LT(report_page(runs).size(), 2'000'000u);
}

json a_run() {
  RunRecord run;
  run.time_series.interval = 0.1;
  run.latencies.front() =
      LatencyRecord{.count = 1, .values = {}, .bins = {{.upper = 1, .count = 1}}};
  return json::parse(to_json(run));
}

// Returns the error of parse_run() for a run with `value` at `pointer`.
std::string error_with(const std::string& pointer, const json& value) {
  json run = a_run();
  run[json::json_pointer(pointer)] = value;
  const auto read = parse_run(run.dump());
  return read ? "no error" : read.error().text;
}

TEST(RunBounds, RefuseWhatNoRunCanWrite) {
  const std::string longest(4096, 'x');
  const std::string too_long = ": expected a string of at most 4096 bytes";
  for (const std::string text :
       {"/yodel", "/started", "/client/host", "/client/system", "/client/processor", "/run/command",
        "/run/server", "/run/address", "/run/description", "/run/protocol", "/first_error",
        "/client_limits/0", "/unknown"}) {
    std::string place = text.substr(1);
    if (const auto at = place.find('/'); at != std::string::npos) place[at] = '.';
    if (place == "client_limits.0") place = "client_limits[0]";
    EXPECT_EQ(error_with(text, longest), "no error");
    EXPECT_EQ(error_with(text, longest + 'x'), place + too_long);
  }
  EXPECT_EQ(error_with("/run/server", std::string(1025, '\x1b')), "run.server" + too_long)
      << "escaped, each takes four bytes";
  EXPECT_EQ(error_with("/" + longest, 0), "no error");
  EXPECT_EQ(error_with("/" + longest + 'x', 0), std::string(40, 'x') + too_long);
  EXPECT_EQ(error_with("/client_limits", std::vector<std::string>(17)),
            "client_limits: expected at most 16 items, got 17");
  EXPECT_EQ(error_with("/time_series/replies", std::vector(513, 0)),
            "time_series.replies: expected at most 512 items, got 513");
  EXPECT_EQ(
      error_with("/latency_ms/since_intended_start/bins", std::vector(22'019, json::array({1, 1}))),
      "latency_ms.since_intended_start.bins: expected at most 22018 items, got 22019");
  EXPECT_EQ(error_with("/latency_ms/since_intended_start/bins/0", {1, 1, 1}),
            "latency_ms.since_intended_start.bins[0]: expected at most 2 items, got 3");
  EXPECT_EQ(error_with("/unknown", std::vector(540'000, 0)).substr(0, 11), "unknown[538");
  EXPECT_EQ(error_with("/unknown", std::vector(400'000, 0)), "no error")
      << "a key of a later version";
}

TEST(RunBounds, StopReadingAHostileDocumentEarly) {
  const auto repeated = [](const std::string& begin, const std::string& part) {
    constexpr std::size_t enough = 2'800'000;
    std::string parts = part;
    while (parts.size() < enough)
      parts += parts;
    parts.resize(enough);
    return begin + parts;
  };
  const std::string values = ": expected at most 538432 values in the whole file";
  const std::vector<std::pair<std::string, std::string>> cases{
      {repeated("", "["), ": expected at most 16 levels of arrays and objects"},
      {repeated("", R"({"a":)"), ": expected at most 16 levels of arrays and objects"},
      {repeated("[", "1,"), values},
      {repeated("[", "\"\","), values},
      {repeated("[", "{},"), values},
      {repeated("[", "[[]],"), values},
      {repeated("{", "\"\":0,"), values},
      {repeated("", "\n"), "byte 4096: expected at most 4096 blanks in a row"},
      {repeated("\"", "x"), "missing closing quote"},
      {repeated("", "1"), "the document: number overflow parsing"},
  };
  for (const auto& [text, error] : cases) {
    const auto read = parse_run(text);
    ASSERT_FALSE(read) << error;
    EXPECT_NE(read.error().text.find(error), std::string::npos) << read.error().text;
    EXPECT_LT(read.error().text.size(), 2000u);
  }
}

TEST(RunBounds, EscapeCharactersThatDisorderATerminalOrAPage) {
  std::vector<std::string> hostile{"\x1b", "\x7f", "\n", "\u009b"};
  // Characters that change the direction of text: U+202A and U+202E, U+2066 and U+2069.
  for (const std::string last : {"\x80\xaa", "\x80\xae", "\x81\xa6", "\x81\xa9"})
    hostile.push_back('\xe2' + last);
  std::string all;
  for (const auto& text : hostile)
    all += "über \\ " + text;
  json run = a_run();
  run["yodel"] = run["started"] = run["run"]["server"] = run["run"]["description"] =
      run["run"]["protocol"] = run["run"]["command"] = run["client"]["host"] =
          run["client"]["system"] = run["client"]["processor"] = run["client_limits"][0] = all;
  run["client"]["processors"] = 1;
  const auto read = parse_run(run.dump());
  ASSERT_TRUE(read) << read.error().text;
  EXPECT_EQ(read->server.substr(0, 24), "über \\ \\x1büber \\ \\x7f");
  EXPECT_EQ(parse_run(to_json(*read)).value(), *read) << "nothing is escaped twice";
  const std::string page = report_page(std::vector{*read, *read});
  for (const auto& text : hostile) {
    EXPECT_EQ(page.find("über \\ " + text), std::string::npos);
    EXPECT_EQ(error_with("/run/threads", text).find(text), std::string::npos);
    EXPECT_EQ(parse_run("{\"" + text + "\":[1e999]}").error().text.find(text), std::string::npos);
  }
}

}  // namespace
}  // namespace yodel::client
