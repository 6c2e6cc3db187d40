// `yodel bench --protocol probe`: the percentiles of the server's share of the round trip and of
// the network's.
#include <chrono>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/integration/client.hpp"
#include "tests/integration/daemon.hpp"
#include "tests/integration/figures.hpp"
#include "tests/integration/probe_script.hpp"
#include "tests/integration/program.hpp"
#include "tests/integration/repeated_server.hpp"

namespace yodel::tests {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

Words probing(const Words& more) {
  Words words{"--protocol", "probe", "-n", "20", "-t", "1"};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

TEST(BenchProbe, SplitsEachRoundTrip) {
  for (const Words& words : {Words{}, {"--new-connection"}, {"-c", "4"}, {"--rate", "1000"}}) {
    RepeatedServer server(answer_probes(2ms, 2ms, 20));
    const auto run = figures(server.name(), probing(words));
    EXPECT_EQ(server.finish(), "");
    EXPECT_EQ(run["run"]["protocol"], "probe");
    EXPECT_EQ(run["replies"], 20);
    EXPECT_EQ(run["unknown_shares"], 0);
    const auto& times = run["latency_ms"];
    EXPECT_EQ(times["server"]["count"], 20);
    EXPECT_EQ(times["server"]["min"], 2);
    EXPECT_EQ(times["server"]["p99"], 2);
    EXPECT_EQ(times["network"]["count"], 20);
    EXPECT_NEAR(times["network"]["mean"].get<double>() + 2,
                times["round_trip"]["mean"].get<double>(), 1e-5);
    EXPECT_NEAR(times["network"]["max"].get<double>() + 2, times["round_trip"]["max"].get<double>(),
                1e-5);
    // The wire check is from end to end: 16 bytes of data each, "data=" and a longer ID.
    EXPECT_EQ(run["bytes_sent"], 20 * (16 + 6 + 16 + 1));
    EXPECT_EQ(run["bytes_sent"], server.account().heard);
    EXPECT_EQ(run["bytes_received"], server.account().said);
  }
}

TEST(BenchProbe, ShowsBothSharesInTheSummary) {
  RepeatedServer server(answer_probes(1ms, 1ms, 20));
  const auto outcome = run(bench(server.name(), probing({})));
  expect_outcome(outcome, 0, "");
  EXPECT_TRUE(holds(outcome.output, ": probe, 1 connection, next request after each reply"))
      << outcome.output;
  EXPECT_TRUE(holds(outcome.output, "\n  server                1.00 ms  1.00 ms  1.00 ms"))
      << outcome.output;
  EXPECT_TRUE(holds(outcome.output, "\n  network   ")) << outcome.output;
  EXPECT_FALSE(holds(outcome.output, "unknown")) << outcome.output;
}

TEST(BenchProbe, CountsSharesThatCannotBeTrue) {
  RepeatedServer server([](Conversation& client) {
    client.say(probe_header);
    for (int i = 0; i < 20; ++i) {
      const auto request = hear_request(client);
      client.say(probe_reply(request, i == 3 ? -1ns : i == 5 ? std::chrono::nanoseconds(1h) : 0ns));
    }
    client.hear_out();
  });
  const auto run = figures(server.name(), probing({}));
  EXPECT_EQ(run["unknown_shares"], 2);
  EXPECT_EQ(run["latency_ms"]["server"]["count"], 18);
  EXPECT_EQ(run["latency_ms"]["server"]["max"], 0);
  EXPECT_EQ(run["latency_ms"]["network"]["count"], 18);

  RepeatedServer other(answer_probes(-1s, 0ms, 20));
  const auto outcome = tests::run(bench(other.name(), probing({})));
  EXPECT_TRUE(
      holds(outcome.output, "  server and network are unknown for 20 replies: a clock was set\n"))
      << outcome.output;
  EXPECT_FALSE(holds(outcome.output, "\n  network   ")) << outcome.output;
}

TEST(BenchProbe, FindsWrongReplies) {
  RepeatedServer server([](Conversation& client) {
    client.say(probe_header);
    auto request = hear_request(client);
    request.data.back() = '!';
    client.say(probe_reply(request, 0ns));
    client.hear_out();
  });
  const auto run = figures(server.name(), {"--protocol", "probe", "-n", "1"}, 1);
  EXPECT_EQ(run["errors"]["wrong_reply"], 1);
  EXPECT_TRUE(holds(run["first_error"].get<std::string>(), "its data differs from byte 16 on"))
      << run["first_error"];
}

// A run of a yodel that did not know probe can still be compared with.
TEST(BenchProbe, IsInThePageAndCompared) {
  const TemporaryFolder folder;
  const auto path = [&](const std::string& name) { return folder.path() + "/" + name; };
  RepeatedServer server(answer_probes(1ms, 1ms, 20));
  RepeatedServer greet([](Conversation& client) {
    client.say("welcome");
    for (auto message = client.hear(); message != "exit\n" && !message.empty();
         message = client.hear()) {
      client.say("hello, " + message.substr(0, message.size() - 1) + "!\n");
    }
  });
  expect_outcome(run(bench(server.name(), probing({"--json", path("probe.json")}))), 0, "");
  expect_outcome(run(bench(greet.name(), {"-n", "20", "--json", path("greet.json")})), 0, "");
  EXPECT_FALSE(json::parse(read_file(path("greet.json")))["latency_ms"].contains("server"));
  for (const std::string old : {"probe.json", "greet.json"}) {
    const auto outcome =
        run(bench(server.name(), probing({"--report", path("page.html"), "--compare", path(old)})));
    expect_outcome(outcome, 0, "");
    const auto page = read_file(path("page.html"));
    EXPECT_TRUE(holds(page, "<th scope=\"col\">Server</th><th scope=\"col\">Network</th>")) << old;
    EXPECT_TRUE(holds(page, "<h3>Server</h3>")) << old;
    EXPECT_TRUE(holds(page, "<h3>Network</h3>")) << old;
    EXPECT_TRUE(holds(page, R"(<data class="this" value="1">1.000 ms</data>)")) << old;
    EXPECT_EQ(holds(page, R"(<data class="old" value="1">1.000 ms</data>)"), old == "probe.json");
  }
  const auto outcome = run(bench(
      greet.name(), {"-n", "20", "--report", path("page.html"), "--compare", path("probe.json")}));
  expect_outcome(outcome, 0, "");
  EXPECT_TRUE(holds(read_file(path("page.html")), "<h3>Network</h3>"));
}

}  // namespace
}  // namespace yodel::tests
