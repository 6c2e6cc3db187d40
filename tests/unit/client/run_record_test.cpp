// The JSON of a run of `yodel bench`: writing, reading, and the errors of what cannot be read.

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "client/report/run_json.hpp"
#include "tests/unit/client/a_run.hpp"

namespace yodel::client {
namespace {

using nlohmann::json;

TEST(RunRecord, HasTheValuesOfTheJson) {
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
  EXPECT_EQ(run.time_series.interval, 0.1);
  EXPECT_EQ(run.time_series.replies, std::vector<std::uint64_t>(10, 100));
  EXPECT_EQ(run.time_series.errors.at(4), 1u);
}

TEST(RunRecord, IsReadAsItWasWritten) {
  EXPECT_EQ(record_in(a_run()), a_record());
  // Nothing was measured, and everything that may be absent is there.
  RunRecord run;
  run.requests = 5;
  run.time_series.interval = 0.1;
  run.rate_due = 0.1;
  run.duration = 1.0 / 3;
  run.client_limits = {"one", "two \"words\""};
  run.client_busy = run.client_waited = 1.5;
  run.queued = run.unsent = run.replies_after = 4;
  run.client_time = run.drain = 2.5;
  run.first_error = "the server says: \"no\"";
  run.opened = 3;
  run.command = "yodel bench --json 'a b'";
  run.client = {.host = "here", .system = "Linux 6.1", .processor = "one", .processors = 4};
  run.address = "[::1]:1";
  run.time_series.replies = run.time_series.errors = {1};
  run.time_series.longest = {2.5};
  run.time_series.p50 = {1.5};
  run.time_series.p99 = {std::nullopt};
  EXPECT_EQ(record_in(to_json(run)), run);
}

// A run of another protocol has nothing of it, and so has a run of a yodel that did not know probe.
TEST(RunRecord, HasSharesOnlyOfAProbeServer) {
  const auto document = json::parse(a_run());
  EXPECT_FALSE(document.contains("unknown_shares"));
  EXPECT_FALSE(document["latency_ms"].contains("server"));
  EXPECT_FALSE(document["latency_ms"].contains("network"));
  RunRecord run = a_record();
  run.latencies.at(index_of(TimeKind::server)) = run.latencies.at(round_trip);
  run.latencies.at(index_of(TimeKind::network)) = run.latencies.at(round_trip);
  run.unknown_shares = 0;
  EXPECT_EQ(record_in(to_json(run)), run);
}

// Returns the error of parse_run() for a run with `value` at `pointer`.
std::string error_with(const std::string& pointer, const json& value) {
  json run = json::parse(a_run());
  run[json::json_pointer(pointer)] = value;
  const auto read = parse_run(run.dump());
  return read ? "no error" : read.error().text;
}

TEST(RunRecord, NamesThePlaceOfAnError) {
  const std::string whole_number = "expected a whole number from 0 to 1000000000000000, got ";
  const std::string number = "expected a number from 0 to 1e+15, got ";
  EXPECT_EQ(error_with("/run/threads", "two"), "run.threads: " + whole_number + "'two'");
  EXPECT_EQ(error_with("/latency_ms/server", 1), "latency_ms.server: expected an object, got 1");
  EXPECT_EQ(error_with("/unknown_shares", -1), "unknown_shares: " + whole_number + "-1");
  EXPECT_EQ(error_with("/run/threads", -1), "run.threads: " + whole_number + "-1");
  EXPECT_EQ(error_with("/run/threads", 1.5), "run.threads: " + whole_number + "1.5");
  EXPECT_EQ(error_with("/replies", 1'000'000'000'000'001),
            "replies: " + whole_number + "1000000000000001");
  EXPECT_EQ(error_with("/run/hold", 0), "run.hold: expected true or false, got 0");
  EXPECT_EQ(error_with("/run/server", {}), "run.server: expected a string, got null");
  EXPECT_EQ(error_with("/run", "x"), "run: expected an object, got 'x'");
  EXPECT_EQ(error_with("/elapsed_s", -1), "elapsed_s: " + number + "-1");
  EXPECT_EQ(error_with("/elapsed_s", 1e300), "elapsed_s: " + number + "1e+300");
  EXPECT_EQ(error_with("/client_limits", "all"), "client_limits: expected an array, got 'all'");
  EXPECT_EQ(error_with("/errors/timed_out", "2"), "errors.timed_out: " + whole_number + "'2'");
  EXPECT_EQ(error_with("/precision", 0.2), "precision: expected a number from 0 to 0.1, got 0.2");
  EXPECT_EQ(error_with("/something_new", 1), "no error");
  const auto long_text = error_with("/started", json::array({std::string(1000, 'x')})) +
                         error_with("/run/hold", std::string(100'000, 'x'));
  EXPECT_LT(long_text.size(), 300u);
}

TEST(RunRecord, RefusesContradictoryTimes) {
  EXPECT_EQ(error_with("/latency_ms/connect/p99_9", json::array()),
            "latency_ms.connect.p99_9: expected a number from 0 to 1e+15, got an array");
  EXPECT_EQ(error_with("/latency_ms/connect/bins", json::array()),
            "latency_ms.connect.bins: expected counts that add up to 1, as in 'count', got 0");
  EXPECT_EQ(error_with("/latency_ms/connect/count", 0),
            "latency_ms.connect.bins: expected counts that add up to 0, as in 'count', got 1 or "
            "more");
  EXPECT_EQ(error_with("/latency_ms/connect/bins/0", json::array({1})),
            "latency_ms.connect.bins[0]: expected an upper bound and a count");
  EXPECT_EQ(error_with("/latency_ms/round_trip/bins/1/0", 0.5).substr(0, 61),
            "latency_ms.round_trip.bins[1][0]: expected a number from 1.00");
  EXPECT_EQ(error_with("/latency_ms/connect/bins/0/1", 0),
            "latency_ms.connect.bins[0][1]: expected a count above 0");
  EXPECT_EQ(error_with("/latency_ms/round_trip/min", 2000),
            "latency_ms.round_trip.min: is above 'max'");
  EXPECT_EQ(error_with("/time_series/interval_s", 0),
            "time_series.interval_s: expected a number from 0.001 to 1e+09, got 0");
  EXPECT_EQ(error_with("/time_series/errors", json::array({1})),
            "time_series.errors: expected as many items as in 'replies' (10), got 1");
  EXPECT_EQ(error_with("/time_series/p99_ms", json::array()),
            "time_series.p99_ms: expected as many items as in 'replies' (10), got 0");
  EXPECT_EQ(error_with("/time_series/p50_ms/3", "x"),
            "time_series.p50_ms[3]: expected a number from 0 to 1e+15, got 'x'");
  EXPECT_EQ(error_with("/time_series/p50_ms/3", nullptr), "no error");
  json run = json::parse(a_run());
  for (const char* list : {"replies", "errors", "max_ms", "p50_ms", "p99_ms"})
    run["time_series"][list] = std::vector<int>(513);
  EXPECT_EQ(parse_run(run.dump()).error().text,
            "time_series.replies: expected at most 512 items, got 513");
}

TEST(RunRecord, HasTheFiguresOfTcp) {
  json run = json::parse(a_run());
  EXPECT_EQ(run["tcp"], json::parse(R"({"rtt_ms": 0.05, "min_rtt_ms": 0.03, "retransmits": 3,
                                        "syn_retransmits": 1, "mss": 1448, "max_mss": 1448})"));
  run.erase("tcp");
  RunRecord without = record_in(run.dump());
  EXPECT_FALSE(without.tcp) << "it is of a yodel before this key, or over a Unix socket";
  EXPECT_EQ(json::parse(to_json(without)).count("tcp"), 0u);
  without.tcp.emplace();  // no connection was established
  EXPECT_TRUE(json::parse(to_json(without))["tcp"]["mss"].is_null());
  EXPECT_EQ(record_in(to_json(without)), without);
}

TEST(RunRecord, RefusesContradictoryFiguresOfTcp) {
  EXPECT_EQ(error_with("/tcp", nullptr), "tcp: expected an object, got null");
  EXPECT_EQ(error_with("/tcp/rtt_ms", -1), "tcp.rtt_ms: expected a number from 0 to 1e+15, got -1");
  EXPECT_EQ(error_with("/tcp/syn_retransmits", 4), "tcp.syn_retransmits: is above 'retransmits'");
  const std::string mss = "tcp.mss: expected at most 'max_mss', or null if that is null";
  EXPECT_EQ(error_with("/tcp/mss", 1449), mss);
  EXPECT_EQ(error_with("/tcp/mss", nullptr), mss);
  EXPECT_EQ(error_with("/tcp/max_mss", nullptr), mss);
  EXPECT_EQ(error_with("/tcp/mss", 1000), "no error");
}

// Returns the error of parse_run() for `run` without `key` at `place`.
std::string error_without(const json& run, const std::string& place, const std::string& key) {
  json less = run;
  less[json::json_pointer(place)].erase(key);
  const auto read = parse_run(less.dump());
  return read ? "no error" : read.error().text;
}

TEST(RunRecord, NeedsEachKey) {
  const json run = json::parse(a_run());
  const std::vector<std::pair<std::string, std::string>> places{
      {"", ""},
      {"/client", "client."},
      {"/run", "run."},
      {"/errors", "errors."},
      {"/tcp", "tcp."},
      {"/latency_ms", "latency_ms."},
      {"/latency_ms/round_trip", "latency_ms.round_trip."},
      {"/time_series", "time_series."}};
  std::size_t tried = 0;
  for (const auto& [place, path] : places) {
    for (const auto& [key, value] : run[json::json_pointer(place)].items()) {
      // A run without it is of another version.
      if (key == "schema") continue;
      // So is one over a Unix socket, and one of a yodel before this key.
      if (key == "tcp") continue;
      EXPECT_EQ(error_without(run, place, key), path + key + ": missing");
      ++tried;
    }
  }
  EXPECT_GT(tried, 50u);
}

TEST(RunRecord, NamesTheSchemaThatItCannotRead) {
  json run = json::parse(a_run());
  EXPECT_EQ(run["schema"], 3);
  const auto fault = [&] { return parse_run(run.dump()).error(); };
  run.erase("schema");
  EXPECT_EQ(fault().text, "was written by an older yodel: its schema is 1, this yodel reads 3");
  EXPECT_EQ(fault().remedy, "run the benchmark again with this yodel");
  run["schema"] = 4;
  EXPECT_EQ(fault().text, "was written by a newer yodel: its schema is 4, this yodel reads 3");
  EXPECT_EQ(fault().remedy, "compare with that yodel, or run the benchmark again with this one");
  run["schema"] = "two";
  EXPECT_EQ(fault().text, "schema: expected a whole number from 0 to 1000000000000000, got 'two'");
  EXPECT_EQ(fault().remedy, "expected a file written by 'yodel bench --json'");
}

// Expects that each key is a name that jq(1) accepts without quotes.
void expect_plain_keys(const json& value, const std::string& path) {
  if (!value.is_object()) return;
  for (const auto& [key, inner] : value.items()) {
    EXPECT_EQ(key.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_"), std::string::npos)
        << path << key;
    expect_plain_keys(inner, path + key + '.');
  }
}

TEST(RunRecord, HasPlainKeys) {
  const json run = json::parse(a_run());
  expect_plain_keys(run, "");
  EXPECT_EQ(run["latency_ms"]["round_trip"].count("p99_9"), 1u);
  EXPECT_EQ(run["errors"].count("timed_out"), 1u);
}

TEST(RunRecord, NamesThePlaceOfASyntaxError) {
  EXPECT_TRUE(parse_run("{\n  nonsense").error().text.starts_with("line 2, column 4: syntax error"))
      << parse_run("{\n  nonsense").error().text;
  EXPECT_TRUE(parse_run("").error().text.starts_with("line 1, column 1: "))
      << parse_run("").error().text;
  EXPECT_EQ(parse_run("[]").error().text, "the document: expected an object, got an array");
  EXPECT_EQ(parse_run("{\"\x1b[2J\"").error().text.find('\x1b'), std::string::npos);
  EXPECT_EQ(parse_run(R"({"elapsed_s": 1e400})").error().text,
            "elapsed_s: number overflow parsing '1e400'");
  EXPECT_LT(parse_run("{\"" + std::string(1'000'000, 'x')).error().text.size(), 500u);
  const auto half = a_run().substr(0, 1000);
  EXPECT_TRUE(parse_run(half).error().text.starts_with("line 1, column 10"))
      << parse_run(half).error().text;
}

}  // namespace
}  // namespace yodel::client
