// The greet dialogue, with real peers: framing, half-close, and closing.

#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <vector>

#include "tests/integration/connection.hpp"
#include "tests/integration/daemon.hpp"

namespace yodel::tests {
namespace {

Outcome run_classic_client(const std::string& address, const std::vector<std::string>& names = {}) {
  return run(with_arguments(
      {.path = "/usr/bin/python3",
       .arguments = {YODEL_SOURCE_DIR "/tests/integration/classic_client.py", port_of(address)}},
      names));
}

TEST(Dialogue, TheClassicClientWorksUnchanged) {
  Daemon daemon;
  const auto outcome = run_classic_client(daemon.address());
  EXPECT_EQ(outcome.output, "welcome\nhello, alice!\nhello, bob!\nhello, jack!\n");
  EXPECT_EQ(outcome.errors, "");
  EXPECT_EQ(outcome.exit.status, 0);
  daemon.wait_for_record("closed: peer sent exit, 3 messages, 16 bytes in, 43 out");
}

TEST(Dialogue, TheClassicClientMayHaveAChineseName) {
  Daemon daemon;
  const auto outcome = run_classic_client(daemon.address(), {"爱丽丝"});
  EXPECT_EQ(outcome.output, "welcome\nhello, 爱丽丝!\n");
}

TEST(Dialogue, LinesAreAnsweredAsTheyEnd) {
  Daemon daemon;
  Connection peer(daemon.address());
  EXPECT_EQ(peer.receive(7), "welcome");
  peer.send("alice\nbob\r\n\n");
  EXPECT_EQ(peer.receive(14 + 13 + 9), "hello, alice!\nhello, bob!\r\nhello, !\n");
  peer.send("jack");
  peer.end();
  EXPECT_EQ(peer.receive_rest(), "hello, jack!") << "half-closed, and without a newline";
}

TEST(Dialogue, LinesMayBeCutAnywhere) {
  Daemon daemon("[[listen]]\nport = 0\n[greet]\nframing = 'lines'\n");
  Connection peer(daemon.address());
  EXPECT_EQ(peer.receive(7), "welcome");
  std::string expected;
  for (const char c : std::string("alice\r\n\nb\xc3\xb6"
                                  "b\nexit\n"))
    peer.send({&c, 1});
  EXPECT_EQ(peer.receive_rest(),
            "hello, alice!\r\nhello, !\nhello, b\xc3\xb6"
            "b!\n");
}

TEST(Dialogue, TwentyThousandPipelinedLinesAreAnsweredInOrder) {
  Daemon daemon;
  Connection peer(daemon.address());
  EXPECT_EQ(peer.receive(7), "welcome");
  std::string lines;
  std::string replies;
  for (int i = 0; i < 20'000; ++i) {
    const std::string name = "name " + std::to_string(i);
    lines += name + "\n";
    replies += "hello, " + name + "!\n";
  }
  peer.send_and_take_in(lines);
  peer.end();
  EXPECT_TRUE(peer.receive_rest() == replies);
  daemon.wait_for_record("20000 messages");
}

TEST(Dialogue, APeerThatSendsEverythingBeforeItReadsGetsEveryReply) {
  Daemon daemon;
  Connection peer(daemon.address());
  std::string lines;
  std::string replies = "welcome";
  for (int i = 0; i < 5'000; ++i) {
    lines += std::to_string(i) + "\n";
    replies += "hello, " + std::to_string(i) + "!\n";
  }
  peer.send(lines);
  peer.end();
  EXPECT_TRUE(peer.receive_rest() == replies);
}

TEST(Dialogue, UnframedMessagesAreWhatOneReadReturns) {
  Daemon daemon;
  Connection peer(daemon.address());
  EXPECT_EQ(peer.receive(7), "welcome");
  for (const std::string name : {"alice", "bob\n", "jack\r\n", "a\nb"}) {
    peer.send(name);
    const std::string text = name.substr(0, name.find_last_not_of("\r\n") + 1);
    EXPECT_EQ(peer.receive(text.size() + 8), "hello, " + text + "!");
  }
  peer.send("exit");
  EXPECT_EQ(peer.receive_rest(), "");
}

TEST(Dialogue, InvalidUtf8PassesThroughUnchanged) {
  Daemon daemon;
  Connection peer(daemon.address());
  EXPECT_EQ(peer.receive(7), "welcome");
  std::string bytes;
  for (int i = 0; i < 256; ++i) {
    if (i != '\n') bytes += static_cast<char>(i);
  }
  peer.send(bytes + "\n");
  EXPECT_EQ(peer.receive(bytes.size() + 9), "hello, " + bytes + "!\n");
}

TEST(Dialogue, ALineThatIsTooLongGetsAnErrorAndEndsTheSession) {
  Daemon daemon("[[listen]]\nport = 0\n[greet]\nmessage_size = 10\nframing = 'lines'\n");
  {
    Connection peer(daemon.address());
    peer.send("0123456789\nalice\n0123456789x\nbob\n");
    EXPECT_EQ(peer.receive_rest(),
              "welcomehello, 0123456789!\nhello, alice!\nerror: message longer than 10 bytes\n");
  }
  daemon.wait_for_record("closed: message too long, 2 messages");
  {
    Connection peer(daemon.address());
    peer.send("0123456789x");  // too long even without a newline
    EXPECT_EQ(peer.receive_rest(), "welcomeerror: message longer than 10 bytes\n");
  }
}

TEST(Dialogue, AFirstLineThatIsTooLongIsRecognisedAsALine) {
  Daemon daemon;
  Connection peer(daemon.address());
  EXPECT_EQ(peer.receive(7), "welcome");
  peer.send(std::string(2000, 'x') + "\n");
  EXPECT_EQ(peer.receive_rest(), "error: message longer than 1024 bytes\n");
}

TEST(Dialogue, ClosingWithUnreadInputNeverResets) {
  Daemon daemon;
  for (int i = 0; i < 30; ++i) {
    Connection peer(daemon.address());
    // More than the session finds at once: to avoid a reset, it must keep reading.
    peer.send("alice\nexit\n" + std::string(2'000'000, 'x'));
    EXPECT_EQ(peer.receive_rest(), "welcomehello, alice!\n") << i;  // throws on a reset
  }
}

TEST(Dialogue, AHundredClientsAtOnce) {
  Daemon daemon;
  std::vector<std::unique_ptr<Connection>> peers(100);
  for (auto& peer : peers)
    peer = std::make_unique<Connection>(daemon.address());
  for (auto& peer : peers)
    EXPECT_EQ(peer->receive(7), "welcome");
  EXPECT_EQ(sessions_of(daemon.acceptor(), 100).size(), 100u) << "a process for each";
  for (int round = 0; round < 3; ++round) {
    for (std::size_t i = 0; i < peers.size(); ++i)
      peers[i]->send(std::to_string(i) + "\n");
    for (std::size_t i = 0; i < peers.size(); ++i) {
      const std::string reply = "hello, " + std::to_string(i) + "!\n";
      EXPECT_EQ(peers[i]->receive(reply.size()), reply);
    }
  }
  for (auto& peer : peers)
    peer->send("exit\n");
  for (auto& peer : peers)
    EXPECT_EQ(peer->receive_rest(), "");
}

TEST(Dialogue, TheFileSetsTheWelcomeAndTheDelay) {
  Daemon daemon(
      "[[listen]]\nport = 0\n[greet]\nwelcome = \"grüß \\\"Gott\\\"\\n\"\ndelay = '30ms'\n");
  Connection peer(daemon.address());
  const auto start = posix::Clock::now();
  peer.send("a\nb\nc\n");
  peer.end();
  EXPECT_EQ(peer.receive_rest(), "grüß \"Gott\"\nhello, a!\nhello, b!\nhello, c!\n");
  EXPECT_GE(posix::Clock::now() - start, std::chrono::milliseconds(90));
}

TEST(Dialogue, AnEmptyWelcomeIsNone) {
  Daemon daemon("[[listen]]\nport = 0\n[greet]\nwelcome = ''\n");
  Connection peer(daemon.address());
  peer.send("a\n");
  peer.end();
  EXPECT_EQ(peer.receive_rest(), "hello, a!\n");
}

}  // namespace
}  // namespace yodel::tests
