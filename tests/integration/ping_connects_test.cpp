// `yodel ping --protocol none`: connects and closes, to a server of any kind.
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/integration/client.hpp"
#include "tests/integration/daemon.hpp"
#include "tests/integration/ping_output.hpp"
#include "tests/integration/program.hpp"
#include "tests/integration/repeated_server.hpp"
#include "tests/integration/sockets.hpp"

namespace yodel::tests {
namespace {

const Words none{"--protocol", "none", "-c", "3", "-i", "0"};

std::string transcript() {
  std::string text = "ping PEER: connecting and closing, each as soon as the last is answered\n";
  for (int i = 1; i <= 3; ++i)
    text += "connected to PEER: seq=" + std::to_string(i) + " connect=T ms\n";
  return text + counts("3 sent, 3 received, 0 wrong, 0 lost (0%)") +
         "connect min/avg/max/mdev = T/T/T/T ms\nconnect p50/p90/p99 = T/T/T ms\n";
}

void expect_connects(const std::string& server) {
  const Outcome outcome = run(ping(server, none));
  expect_outcome(outcome, 0, "");
  EXPECT_EQ(shape(outcome.output, server), transcript());
}

// Closing with unread bytes makes the kernel send a reset, which would destroy the welcome.
TEST(PingConnects, DoNoHarmToAServerThatSpeaksFirst) {
  Daemon daemon("[[listen]]\nport = 0\n[greet]\nwelcome = '" + std::string(4000, 'w') + "'\n");
  expect_connects(daemon.address());
  for (int connection = 0; connection < 3; ++connection)
    daemon.wait_for_record("closed: peer closed its side, 0 messages, 0 bytes in, 4000 out");
  EXPECT_TRUE(daemon.records("reset").empty());
}

TEST(PingConnects, SendNothingAndCloseInOrder) {
  RepeatedServer server([](Conversation& client) {
    // A reset would throw.
    if (const auto heard = client.hear(); !heard.empty()) throw std::runtime_error(heard);
    client.say("good bye");
  });
  expect_connects(server.name());
  EXPECT_EQ(server.finish(), "");
  EXPECT_EQ(server.account().connections, 3U);
}

TEST(PingConnects, GoToUnixSockets) {
  const TemporaryFolder folder;
  const std::string address = "unix:" + folder.path() + "/greet";
  const Daemon daemon("[[listen]]\naddress = '" + address + "'\n");
  expect_connects(address);
}

// The server never ends its side, so each connection is closed after half a second.
TEST(PingConnects, LeaveAServerThatDoesNotClose) {
  const auto listener = listen_at("127.0.0.1:0");
  expect_connects(listener.address);
}

TEST(PingConnects, AreLostWhereNobodyListens) {
  const auto nobody = bind_anywhere();
  const Outcome outcome = run(ping(nobody.address, none));
  EXPECT_EQ(outcome.exit.status, 4);
  EXPECT_EQ(outcome.errors, "");
  EXPECT_TRUE(holds(outcome.output, "lost: seq=3: " + nobody.address + ": connection refused\n"))
      << outcome.output;
}

TEST(PingConnects, ArePrintedAsJsonObjects) {
  Daemon daemon;
  const Outcome outcome = run(ping(daemon.address(), {"--protocol", "none", "-c", "1", "--json"}));
  EXPECT_EQ(outcome.exit.status, 0);
  const auto end = outcome.output.find('\n');
  const auto reply = nlohmann::json::parse(outcome.output.substr(0, end));
  EXPECT_EQ(reply.at("type"), "reply");
  EXPECT_EQ(reply.at("peer"), daemon.address());
  EXPECT_GT(reply.at("connect_ms"), 0);
  EXPECT_TRUE(reply.contains("local"));
  EXPECT_FALSE(reply.contains("bytes"));
  const auto summary = nlohmann::json::parse(outcome.output.substr(end + 1));
  EXPECT_EQ(summary.at("connections"), 1);
  EXPECT_TRUE(summary.contains("connect"));
  EXPECT_FALSE(summary.contains("total"));
}

}  // namespace
}  // namespace yodel::tests
