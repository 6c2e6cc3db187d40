// `yodel ping --json`, and pings whose figures the tests check.
#include <algorithm>
#include <future>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/integration/client.hpp"
#include "tests/integration/daemon.hpp"
#include "tests/integration/echo_servers.hpp"
#include "tests/integration/ping_output.hpp"
#include "tests/integration/program.hpp"
#include "tests/integration/scripted_server.hpp"
#include "tests/integration/sockets.hpp"

namespace yodel::tests {
namespace {

using nlohmann::json;

// Runs a ping with --json that must end with `status`. Returns its objects, one from each line.
std::vector<json> json_of(const std::string& server, const Words& words, int status) {
  const Outcome outcome = run(with_arguments(ping(server, words), {"--json"}));
  EXPECT_EQ(outcome.exit.status, status) << outcome.output << outcome.errors;
  return json_lines(outcome.output);
}

TEST(Ping, PrintsJsonObjectsThatAddUp) {
  Daemon daemon;
  const auto lines = json_of(daemon.address(), {"-c", "50", "-i", "0"}, 0);
  ASSERT_EQ(lines.size(), 51U);
  double sum = 0;
  double max = 0;
  for (std::size_t i = 0; i < 50; ++i) {
    EXPECT_EQ(lines[i].at("type"), "reply");
    EXPECT_EQ(lines[i].at("seq"), i + 1);
    EXPECT_EQ(lines[i].at("peer"), daemon.address());
    EXPECT_EQ(lines[i].at("bytes"), 65);
    const auto time = lines[i].at("time_ms").get<double>();
    sum += time;
    max = std::max(max, time);
  }
  const json& summary = lines.back();
  EXPECT_EQ(summary.at("type"), "summary");
  EXPECT_EQ(summary.at("server"), daemon.address());
  EXPECT_EQ(summary.at("sent"), 50);
  EXPECT_EQ(summary.at("received"), 50);
  EXPECT_EQ(summary.at("wrong"), 0);
  EXPECT_EQ(summary.at("lost"), 0);
  EXPECT_EQ(summary.at("loss_percent"), 0);
  EXPECT_EQ(summary.at("outstanding"), 0);
  EXPECT_GE(summary.at("elapsed_ms").get<double>(), max);
  const json& time = summary.at("time");
  EXPECT_NEAR(time.at("avg_ms").get<double>(), sum / 50, 1e-5);
  EXPECT_DOUBLE_EQ(time.at("max_ms").get<double>(), max);
  EXPECT_LE(time.at("min_ms"), time.at("p50_ms"));
  EXPECT_LE(time.at("p50_ms"), time.at("p90_ms"));
  EXPECT_LE(time.at("p90_ms"), time.at("p99_ms"));
  EXPECT_LE(time.at("p99_ms"), time.at("max_ms"));
}

TEST(Ping, PrintsFailuresInJsonToo) {
  const auto nobody = bind_anywhere();
  auto lines = json_of(nobody.address, {"-c", "1"}, 4);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].erase("at"), 1);
  EXPECT_EQ(lines[0], (json{{"type", "lost"},
                            {"seq", 1},
                            {"cause", nobody.address + ": connection refused"},
                            {"status", 4}}));
  EXPECT_EQ(lines[1].at("lost"), 1);
  EXPECT_EQ(lines[1].at("loss_percent"), 100);
  EXPECT_FALSE(lines[1].contains("time"));
}

TEST(Ping, TimesEachPartOfAConnectionToAnEchoServer) {
  const EchoServer server(EchoServer::Kind::yodeld);
  const auto lines = json_of(server.address(),
                             {"--new-connection", "--protocol", "echo", "-c", "3", "-i", "0"}, 0);
  ASSERT_EQ(lines.size(), 4U);
  for (int i = 0; i < 3; ++i) {
    const json& reply = lines.at(static_cast<std::size_t>(i));
    EXPECT_EQ(reply.at("type"), "reply");
    EXPECT_EQ(reply.at("seq"), i + 1);
    EXPECT_FALSE(reply.contains("first_byte_ms"));
    const double parts = reply.at("connect_ms").get<double>() + reply.at("reply_ms").get<double>() +
                         reply.at("close_ms").get<double>();
    EXPECT_NEAR(reply.at("total_ms").get<double>(), parts, 1e-6);
  }
}

// Pings a server over one connection, and then over a new one for each probe.
void expect_to_measure_echo(EchoServer::Kind kind) {
  const EchoServer server(kind);
  const auto& address = server.address();
  expect_all_well(address, {"--protocol", "echo"}, 5, 56, "echo, 56-byte messages");
  const auto lines =
      json_of(address, {"--new-connection", "--protocol", "echo", "-c", "2", "-i", "0"}, 0);
  EXPECT_EQ(lines.back().at("received"), 2);
}

TEST(Ping, MeasuresTheEchoOfSocat) {
  expect_to_measure_echo(EchoServer::Kind::socat);
}

TEST(Ping, MeasuresTheEchoOfXinetd) {
  expect_to_measure_echo(EchoServer::Kind::xinetd);
}

TEST(Ping, MeasuresTheClassicServer) {
  const ClassicGreetServer server;
  const auto lines = json_of(server.address(), {"--unframed", "-c", "2", "-i", "10ms"}, 0);
  ASSERT_EQ(lines.size(), 3U);
  // The classic server takes a second over each message.
  EXPECT_GE(lines[1].at("time_ms").get<double>(), 1000);
  EXPECT_EQ(lines[2].at("received"), 2);
}

TEST(Ping, LosesAConnectionThatIsNotClosed) {
  std::promise<void> done;
  auto ended = done.get_future();
  ScriptedServer server([&](Conversation& client) {
    client.say("welcome");
    client.expect("1 abcdef\n");
    client.say("hello, 1 abcdef!\n");
    client.expect("exit\n");
    client.expect_end();
    ended.wait_for(patience);
  });
  const auto lines =
      json_of(server.name(), {"--size", "8", "--new-connection", "-c", "1", "--timeout", "1s"}, 5);
  done.set_value();
  EXPECT_EQ(lines.at(0).at("cause"),
            server.name() + ": timed out after 1s waiting for the server to close the connection");
  EXPECT_EQ(server.finish(), "");
}

TEST(Ping, FindsTheFirstReplyAfterALongWelcome) {
  for (const Words& words :
       {Words{"--size", "8", "-c", "1"}, Words{"--size", "8", "-c", "1", "--new-connection"}}) {
    ScriptedServer server([](Conversation& client) {
      client.say(std::string(600, 'w'));
      client.expect("1 abcdef\n");
      client.say(std::string(600, 'w') + "hello, 1 abcdef!\n");
      client.expect("exit\n");
    });
    EXPECT_EQ(json_of(server.name(), words, 0).back().at("received"), 1);
    EXPECT_EQ(server.finish(), "");
  }
}

TEST(Ping, LosesAConnectThatTimesOut) {
  const TemporaryFolder folder;
  const SilentServer server("unix:" + folder.path() + "/full");
  const auto lines = json_of(server.address(), {"-c", "1", "--connect-timeout", "50ms"}, 5);
  EXPECT_EQ(lines.at(0).at("cause"), server.address() + ": connection timed out");
}

}  // namespace
}  // namespace yodel::tests
