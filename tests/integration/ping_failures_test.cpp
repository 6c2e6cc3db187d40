// What `yodel ping` reports about a server that fails to answer, or is not there.
#include <chrono>
#include <csignal>
#include <functional>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <utility>

#include "tests/integration/client.hpp"
#include "tests/integration/daemon.hpp"
#include "tests/integration/ping_output.hpp"
#include "tests/integration/program.hpp"
#include "tests/integration/scripted_server.hpp"
#include "tests/integration/sockets.hpp"

namespace yodel::tests {
namespace {

std::string message(int sequence) {
  return std::to_string(sequence) + " abcdef";
}
std::string request(int sequence) {
  return message(sequence) + "\n";
}
std::string reply(int sequence) {
  return "hello, " + message(sequence) + "!\n";
}

// Pings a server that follows `script`, with messages of 8 bytes. `lines` are those between the
// first line and the summary's times.
void expect_ping(ScriptedServer::Script script, const Words& words, int status,
                 const std::string& lines) {
  const Outcome outcome =
      run_against(std::move(script), with_arguments(ping("PEER", {"--size", "8"}), words));
  EXPECT_EQ(outcome.exit.status, status) << "signal " << outcome.exit.signal;
  const std::string output = shape(outcome.output, "PEER");
  const auto first = output.find('\n') + 1;
  EXPECT_EQ(output.substr(first, output.find("time min", first) - first), lines);
  EXPECT_EQ(outcome.errors, "");
}

// Expects one probe to fail with `kind` and `cause` when the server does `act` after hearing it.
void expect_probe_error(const std::function<void(Conversation&)>& act, int status,
                        const std::string& kind, const std::string& cause, Words words = {}) {
  words.insert(words.end(), {"-c", "1"});
  const std::string count = kind == "wrong" ? "1 sent, 0 received, 1 wrong, 0 lost (0%)"
                                            : "1 sent, 0 received, 0 wrong, 1 lost (100%)";
  expect_ping(
      [&](Conversation& client) {
        client.say("welcome");
        client.expect(request(1));
        act(client);
      },
      words, status, kind + ": seq=1: PEER: " + cause + "\n" + counts(count));
}

TEST(Ping, ChecksEachReplyByteForByte) {
  expect_probe_error(
      [](Conversation& client) {
        client.say("hello, 1 abcdeg!\n");
        client.expect_end();
      },
      1, "wrong", R"(expected 'hello, 1 abcdef!\n', got 'hello, 1 abcdeg!\n')");
}

TEST(Ping, ChecksEachReplyOnANewConnection) {
  expect_probe_error(
      [](Conversation& client) {
        client.say("hello, 2 abcdef!\n");
        client.expect_end();
      },
      1, "wrong", R"(expected 'hello, 1 abcdef!\n', got 'hello, 2 abcdef!\n')",
      {"--new-connection"});
}

TEST(Ping, RefusesBytesAfterTheReply) {
  for (const Words& words : {Words{}, Words{"--new-connection"}}) {
    expect_probe_error([](Conversation& client) { client.say(reply(1) + "x"); }, 1, "wrong",
                       R"(expected 'hello, 1 abcdef!\n', got 'hello, 1 abcdef!\nx')", words);
  }
}

TEST(Ping, ShowsTheServersError) {
  expect_probe_error(
      [](Conversation& client) { client.say("error: message longer than 3 bytes\n"); }, 1, "wrong",
      "the server says: message longer than 3 bytes");
}

TEST(Ping, LosesProbesThatTheServerClosesOn) {
  for (const Words& words : {Words{}, Words{"--new-connection"}}) {
    expect_probe_error([](Conversation& client) { client.close(); }, 1, "lost",
                       "the server closed the connection before the reply", words);
    expect_probe_error([](Conversation& client) { client.say("hello, 1"); }, 1, "lost",
                       "the server closed the connection before the reply; got 'hello, 1' so far",
                       words);
    expect_probe_error([](Conversation& client) { client.reset(); }, 1, "lost",
                       "connection reset by peer before the reply", words);
  }
}

TEST(Ping, LosesProbesThatAreNeverAnswered) {
  const std::string cause = "PEER: timed out after 50ms waiting for the reply\n";
  for (const Words& words : {Words{}, Words{"--new-connection"}}) {
    Words all{"--no-welcome", "--timeout", "50ms", "-c", "1"};
    all.insert(all.end(), words.begin(), words.end());
    expect_ping(
        [](Conversation& client) {
          client.expect(request(1));
          client.expect_end();
        },
        all, 5, "lost: seq=1: " + cause + counts("1 sent, 0 received, 0 wrong, 1 lost (100%)"));
  }
}

TEST(Ping, LosesProbesWithoutAWelcome) {
  const std::string cause =
      "PEER: timed out after 50ms waiting for the welcome (--protocol echo for an echo server, "
      "--no-welcome for one that sends none)\n";
  expect_ping([](Conversation& client) { client.expect_end(); }, {"-c", "1", "--timeout", "50ms"},
              5, "lost: seq=1: " + cause + counts("1 sent, 0 received, 0 wrong, 1 lost (100%)"));
}

TEST(Ping, ReportsAnErrorInPlaceOfTheWelcome) {
  const std::string cause = "PEER: the server says: too many connections from your address\n";
  expect_ping(
      [](Conversation& client) { client.say("error: too many connections from your address\n"); },
      {"-c", "1"}, 1,
      "wrong: seq=1: " + cause + counts("1 sent, 0 received, 1 wrong, 0 lost (0%)"));
}

// The server answers only after it has heard all three.
TEST(Ping, KeepsSendingWhileAnswersAreLate) {
  expect_ping(
      [](Conversation& client) {
        client.say("welcome");
        client.expect(request(1) + request(2) + request(3));
        client.say_bytewise(reply(1) + reply(2) + reply(3));
        client.expect("exit\n");
      },
      {"-c", "3", "-i", "1ms"}, 0,
      "reply from PEER: seq=1 bytes=17 time=T ms\nreply from PEER: seq=2 bytes=17 time=T ms\n"
      "reply from PEER: seq=3 bytes=17 time=T ms\n" +
          counts("3 sent, 3 received, 0 wrong, 0 lost (0%)"));
}

TEST(Ping, LosesAllThatIsUnderWayWithTheConnection) {
  expect_ping(
      [](Conversation& client) {
        client.say("welcome");
        client.expect(request(1) + request(2) + request(3));
        client.say(reply(1));
        client.say("hello!\n");
        client.expect_end();
      },
      {"-c", "3", "-i", "1ms"}, 1,
      "reply from PEER: seq=1 bytes=17 time=T ms\n"
      "wrong: seq=2: PEER: expected 'hello, 2 abcdef!\\n', got 'hello!\\n'\n"
      "lost: seq=3: PEER: the connection was given up because seq=2 failed\n" +
          counts("3 sent, 1 received, 1 wrong, 1 lost (33.33%)"));
}

TEST(Ping, WaitsForNoWelcomeIfToldSo) {
  expect_ping(
      [](Conversation& client) {
        client.expect(request(1));
        client.say(reply(1));
        client.expect("exit\n");
      },
      {"-c", "1", "--no-welcome"}, 0,
      "reply from PEER: seq=1 bytes=17 time=T ms\n" +
          counts("1 sent, 1 received, 0 wrong, 0 lost (0%)"));
}

TEST(Ping, EndsWithItsDeadline) {
  for (const Words& words : {Words{}, Words{"--new-connection"}}) {
    const Outcome outcome =
        run_against([](Conversation& client) { client.hear_out(); },
                    with_arguments(ping("PEER", {"--no-welcome", "-w", "300ms"}), words));
    expect_outcome(outcome, 5, "");
    EXPECT_TRUE(holds(outcome.output, "\nlost: seq=1: PEER: no answer for ")) << outcome.output;
    EXPECT_TRUE(holds(outcome.output, " when the ping ended\n")) << outcome.output;
    EXPECT_TRUE(holds(outcome.output, "\n1 sent, 0 received, 0 wrong, 1 lost (100%), time "))
        << outcome.output;
    EXPECT_FALSE(holds(outcome.output, "under way")) << outcome.output;
  }
}

// --- servers that are not there ---

TEST(Ping, LosesProbesThatAreRefusedAndContinues) {
  const auto nobody = bind_anywhere();
  const Outcome outcome = run(ping(nobody.address, {"-c", "2", "-i", "0"}));
  const std::string cause = "PEER: connection refused\n";
  EXPECT_EQ(outcome.exit.status, 4);
  EXPECT_EQ(shape(outcome.output, nobody.address),
            "ping PEER: greet in lines, 56-byte messages, each as soon as the last is answered\n"
            "lost: seq=1: " +
                cause + "lost: seq=2: " + cause +
                counts("2 sent, 0 received, 0 wrong, 2 lost (100%)"));
  EXPECT_EQ(outcome.errors, "");
}

TEST(Ping, ReportsTheFirstCauseWhenQuiet) {
  const auto nobody = bind_anywhere();
  const Outcome outcome = run(ping(nobody.address, {"-q", "-c", "2", "-i", "0"}));
  EXPECT_EQ(outcome.exit.status, 4);
  EXPECT_FALSE(holds(outcome.output, "refused")) << outcome.output;
  EXPECT_EQ(outcome.errors,
            "yodel: 2 of 2 probes failed; the first: " + nobody.address + ": connection refused\n");
}

TEST(Ping, EndsIfTheNameCannotBeResolved) {
  const Outcome outcome = run(ping("no-such-host.invalid"), std::chrono::seconds(30));
  EXPECT_EQ(outcome.exit.status, 3);
  EXPECT_EQ(outcome.output, "");
  EXPECT_TRUE(holds(outcome.errors, "yodel: cannot resolve 'no-such-host.invalid': "))
      << outcome.errors;
}

void expect_to_reach_it_again(const Words& words) {
  auto daemon = std::make_unique<Daemon>();
  const std::string address = daemon->address();
  Program program(with_arguments(ping(address, {"-i", "5ms"}), words));
  program.wait_for_output("reply from ");
  daemon.reset();
  const auto lost = program.wait_for_output("connection refused");
  daemon = std::make_unique<Daemon>("[[listen]]\nport = " + port_of(address) + "\n");
  program.wait_for_output("reply from ", lost);
  program.signal(SIGINT);
  // The first probe to fail was either cut off when the server ended, 1, or refused, 4.
  const int status = program.wait().status;
  EXPECT_TRUE(status == 1 || status == 4) << status;
  EXPECT_TRUE(holds(program.output(), " ping statistics ---\n")) << program.output();
}

TEST(Ping, ReachesAServerThatComesBack) {
  expect_to_reach_it_again({});
}

TEST(Ping, ReachesAServerThatComesBackOnANewConnectionEach) {
  expect_to_reach_it_again({"--new-connection"});
}

}  // namespace
}  // namespace yodel::tests
