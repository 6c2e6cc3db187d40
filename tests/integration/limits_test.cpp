// The [limits] of the file: sessions at once, in total and per source, and timeouts. The daemon
// does not run as root.

#include <csignal>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <sys/socket.h>
#include <vector>

#include "protocol/greet.hpp"
#include "tests/integration/connection.hpp"
#include "tests/integration/daemon.hpp"

namespace yodel::tests {
namespace {

TEST(Limits, BeyondSessionsConnectionsWaitInTheBacklog) {
  Daemon daemon(unprivileged("[[listen]]\nport = 0\n[limits]\nsessions = 2\n"));
  Connection first(daemon.address());
  Connection second(daemon.address());
  EXPECT_EQ(first.receive(7), "welcome");
  EXPECT_EQ(second.receive(7), "welcome");
  Connection third(daemon.address());  // connects, and waits
  third.send("carol\n");
  EXPECT_EQ(sessions_of(daemon.acceptor(), 2).size(), 2u);
  EXPECT_FALSE(third.has_input(std::chrono::milliseconds(50)));
  first.send("exit\n");
  EXPECT_EQ(first.receive_rest(), "");
  EXPECT_EQ(third.receive(21), "welcomehello, carol!\n");
}

TEST(Limits, BeyondSessionsPerSourceAConnectionGetsAnError) {
  Daemon daemon(unprivileged("[[listen]]\nport = 0\n[limits]\nsessions_per_source = 2\n"));
  Connection first(daemon.address());
  Connection second(daemon.address());
  EXPECT_EQ(first.receive(7), "welcome");
  EXPECT_EQ(second.receive(7), "welcome");
  for (int i = 0; i < 5; ++i) {
    Connection third(daemon.address());
    EXPECT_EQ(third.receive_rest(), "error: too many connections from your address\n");
  }
  daemon.wait_for_record("warning: refused connections at " + daemon.address() +
                         ": too many sessions from one source, the last from ");
  daemon.wait_for_notification("5 refused");
  first.send("exit\n");
  EXPECT_EQ(first.receive_rest(), "");
  daemon.wait_for_record("closed: peer sent exit");
  Connection again(daemon.address());
  EXPECT_EQ(again.receive(7), "welcome");
}

TEST(Limits, ARefusedPeerIsNotResetWhateverItHasSent) {
  Daemon daemon(unprivileged("[[listen]]\nport = 0\n[limits]\nsessions_per_source = 1\n"));
  Connection first(daemon.address());
  first.receive(7);
  const auto acceptor = daemon.acceptor();
  for (const std::size_t size : {std::size_t{0}, std::size_t{4097}, std::size_t{60'000}}) {
    ::kill(acceptor, SIGSTOP);
    Connection refused(daemon.address());
    refused.send(std::string(size, 'a'));
    ::kill(acceptor, SIGCONT);
    EXPECT_EQ(refused.receive_rest(), protocol::too_many_error) << size;
    // By the time the acceptor refuses the next connection, it has closed this one.
    EXPECT_EQ(Connection(daemon.address()).receive_rest(), protocol::too_many_error);
    int error = 0;
    socklen_t length = sizeof error;
    ::getsockopt(refused.descriptor(), SOL_SOCKET, SO_ERROR, &error, &length);
    EXPECT_EQ(error, 0) << size << " bytes: a reset may overtake the message";
  }
}

TEST(Limits, AnIdleSessionIsEnded) {
  Daemon daemon(unprivileged("[[listen]]\nport = 0\n[limits]\nidle_timeout = '150ms'\n"));
  Connection peer(daemon.address());
  EXPECT_EQ(peer.receive_rest(), "welcome");
  peer.end();
  daemon.wait_for_record(" close_reason=idle-timeout");
}

TEST(Limits, APeerThatNeverReadsIsIdleToo) {
  Daemon daemon(
      unprivileged("[[listen]]\nport = 0\nprotocol = 'echo'\n[limits]\nidle_timeout = '150ms'\n"));
  Connection peer(daemon.address());
  // More than all buffers on the way hold, so the session can neither write nor read.
  const std::string block(1 << 20, 'x');
  try {
    for (;;)
      peer.send(block);
  } catch (const std::exception&) {
    // The session has gone.
  }
  daemon.wait_for_record(" close_reason=idle-timeout");
}

// This limits a peer that has requested many replies at once.
TEST(Limits, TheSessionTimeoutInterruptsADelay) {
  Daemon daemon(unprivileged(
      "[[listen]]\nport = 0\n[greet]\ndelay = '2h'\n[limits]\nsession_timeout = '150ms'\n"));
  Connection peer(daemon.address());
  peer.send(std::string(1000, '\n'));
  EXPECT_EQ(peer.receive_rest(), "welcome");
  peer.end();
  daemon.wait_for_record(" close_reason=session-timeout");
}

TEST(Limits, TheSessionTimeoutEndsABusySession) {
  Daemon daemon(unprivileged(
      "[[listen]]\nport = 0\n[greet]\ndelay = '10ms'\n[limits]\nsession_timeout = '150ms'\n"));
  Connection peer(daemon.address());
  std::string lines;
  for (int i = 0; i < 1000; ++i)
    lines += "a\n";
  peer.send(lines);
  const auto replies = peer.receive_rest();
  EXPECT_TRUE(replies.starts_with("welcomehello, a!\n")) << replies;
  EXPECT_TRUE(replies.ends_with("!\n")) << "no reply is cut";
  peer.end();
  daemon.wait_for_record(" close_reason=session-timeout");
}

}  // namespace
}  // namespace yodel::tests
