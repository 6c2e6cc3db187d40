// Tests of `yodel ping`: the figures of TCP, and times without an answer.
#include <atomic>
#include <chrono>
#include <gtest/gtest.h>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "tests/integration/client.hpp"
#include "tests/integration/daemon.hpp"
#include "tests/integration/ping_output.hpp"
#include "tests/integration/processes.hpp"
#include "tests/integration/program.hpp"
#include "tests/integration/repeated_server.hpp"
#include "tests/integration/sockets.hpp"

namespace yodel::tests {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

std::vector<json> json_of(const std::string& server, const Words& words) {
  return json_lines(run(with_arguments(ping(server, words), {"--json"})).output);
}

TEST(PingTcp, ShowsTheKernelsFiguresInJson) {
  Daemon daemon;
  for (const Words& words : {Words{}, Words{"--new-connection"}, Words{"--protocol", "none"}}) {
    Words all{"-c", "2", "-i", "0"};
    all.insert(all.end(), words.begin(), words.end());
    const auto lines = json_of(daemon.address(), all);
    ASSERT_EQ(lines.size(), 3U);
    for (int i = 0; i < 2; ++i) {
      const json& tcp = lines.at(static_cast<std::size_t>(i)).at("tcp");
      EXPECT_GT(tcp.at("rtt_ms"), 0) << tcp;
      EXPECT_LT(tcp.at("rtt_ms"), 10'000) << tcp;
      EXPECT_TRUE(tcp.at("retransmits").is_number_unsigned()) << tcp;
      EXPECT_GT(tcp.at("mss"), 500) << tcp;
    }
    EXPECT_TRUE(lines[2].at("retransmits").is_number_unsigned()) << lines[2];
    EXPECT_EQ(lines[2].at("syn_retransmits"), 0);
    EXPECT_EQ(lines[2].at("outage_count"), 0);
    EXPECT_EQ(lines[2].at("outage_ms"), 0);
    EXPECT_EQ(lines[2].at("outages"), json::array());
  }
}

TEST(PingTcp, IsNotPretendedOverAUnixSocket) {
  const TemporaryFolder folder;
  const std::string address = "unix:" + folder.path() + "/greet";
  const Daemon daemon("[[listen]]\naddress = '" + address + "'\n");
  const auto lines = json_of(address, {"-c", "1"});
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_FALSE(lines[0].contains("tcp")) << lines[0];
  EXPECT_FALSE(lines[1].contains("retransmits")) << lines[1];
}

// The SYN is dropped until there is room, and the kernel repeats it after a second.
TEST(PingTcp, SaysThatASynWasSentAgain) {
  const SilentServer server;
  Program program(ping(server.address(), {"--protocol", "none", "-c", "1", "-i", "1m"}));
  wait_until("its SYN", [&] { return !unanswered_connects(server.address()).empty(); });
  server.make_room();
  EXPECT_EQ(program.wait().status, 0);
  EXPECT_TRUE(holds(program.output(), " ms, 1 SYN retransmitted\n")) << program.output();
  EXPECT_TRUE(holds(program.output(), "\n1 SYN retransmitted\n")) << program.output();
  EXPECT_FALSE(holds(program.output(), "outage")) << program.output();
}

// The kernel repeats a connect after 1, 3 and 7 s, so its own repetitions would find the room late.
TEST(PingOutages, EndWhenAConnectIsAnsweredAgain) {
  const SilentServer server;
  Program program(ping(server.address(), {"--protocol", "none", "-c", "1", "--connect-timeout",
                                          "1m", "-i", "200ms", "--json"}));
  std::set<std::uint16_t> ports;
  const auto have = [&](std::size_t count) {
    ports.merge(unanswered_connects(server.address()));
    return ports.size() >= count;
  };
  wait_until("its first connect", [&] { return have(1); });
  const auto first = std::chrono::steady_clock::now();
  wait_until("its fourth connect", [&] { return have(4); });
  const std::chrono::duration<double, std::milli> seen = std::chrono::steady_clock::now() - first;
  server.make_room();
  EXPECT_EQ(program.wait().status, 0);
  const auto lines = json_lines(program.output());
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_GE(lines[0].at("syn_retransmits"), 3) << lines[0];
  EXPECT_EQ(lines[1].at("outage_count"), 1) << lines[1];
  const json& longest = lines[1].at("outages").at(0);
  EXPECT_GE(longest.at("length_ms"), seen.count()) << longest;
  EXPECT_EQ(longest.at("lost"), 0);
}

// The server's kernel acknowledges the request, so the path is well, and the server is not
// disturbed.
TEST(PingOutages, AreNotWhatASlowServerMakes) {
  RepeatedServer server([](Conversation& client) {
    client.say("welcome");
    client.expect("1 abcdef\n");
    static_cast<void>(client.ends_within(1500ms));
    client.say("hello, 1 abcdef!\n");
    client.hear_out();
  });
  const auto lines = json_of(server.name(), {"--size", "8", "-c", "1", "-i", "100ms"});
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_GE(lines[0].at("time_ms"), 1400);
  EXPECT_EQ(lines[1].at("outage_count"), 0);
  EXPECT_EQ(server.finish(), "");
  EXPECT_EQ(server.account().connections, 1U);
}

TEST(PingOutages, LastUntilAProbeIsAnswered) {
  RepeatedServer server([first = std::make_shared<std::atomic<bool>>(true)](Conversation& client) {
    client.say("welcome");
    const std::string message = client.hear();
    if (first->exchange(false)) return client.hear_out();
    client.say("hello, " + message + "!");
    client.hear_out();
  });
  const auto lines = json_of(
      server.name(), {"--unframed", "--size", "8", "-c", "2", "-i", "100ms", "--timeout", "2s"});
  const json& summary = lines.back();
  EXPECT_EQ(summary.at("lost"), 1);
  EXPECT_EQ(summary.at("outage_count"), 1);
  const json& longest = summary.at("outages").at(0);
  EXPECT_EQ(longest.at("lost"), 1);
  EXPECT_GE(longest.at("length_ms"), 2000);
  EXPECT_LT(longest.at("from"), longest.at("to"));
  EXPECT_EQ(summary.at("outage_ms"), longest.at("length_ms"));
}

TEST(PingOutages, MayNotBeOverAtTheEnd) {
  const SilentServer server;
  const Outcome outcome = run(ping(server.address(), {"-w", "300ms"}));
  EXPECT_TRUE(holds(outcome.output, "\n1 outage, ")) << outcome.output;
  EXPECT_TRUE(holds(outcome.output, "Z, not over\n")) << outcome.output;
  expect_narrow(outcome.output);
}

}  // namespace
}  // namespace yodel::tests
