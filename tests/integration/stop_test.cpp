// How the daemon stops, and that nothing outlives it.

#include <csignal>
#include <gtest/gtest.h>
#include <poll.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/types.h>
#include <system_error>

#include "tests/integration/connection.hpp"
#include "tests/integration/daemon.hpp"
#include "tests/integration/processes.hpp"

namespace yodel::tests {
namespace {

TEST(Stop, WithoutSessionsIsAtOnce) {
  Daemon daemon;
  EXPECT_EQ(daemon.stop().status, 0);
  daemon.wait_for_notification("STOPPING=1");
  daemon.wait_for_record("stopped after 0 connections");
}

TEST(Stop, AsksForAsMuchTimeAsTheGracePeriodNeeds) {
  Daemon daemon("[[listen]]\nport = 0\n[shutdown]\ngrace = '1h'\n");
  EXPECT_EQ(daemon.stop().status, 0);
  const auto state = daemon.wait_for_notification("STOPPING=1");
  const std::string field = "\nEXTEND_TIMEOUT_USEC=";
  const auto begin = state.find(field);
  ASSERT_NE(begin, std::string::npos) << state;
  using namespace std::chrono_literals;
  EXPECT_GE(std::chrono::microseconds(std::stoll(state.substr(begin + field.size()))), 1h);
}

TEST(Stop, OnSigintToo) {
  Daemon daemon;
  daemon.program().signal(SIGINT);
  EXPECT_EQ(daemon.program().wait().status, 0);
}

constexpr std::string_view an_hour_of_grace = "[shutdown]\ngrace = '1h'\n";

std::string with_grace(std::string_view listeners) {
  return std::string(listeners).append(an_hour_of_grace);
}

// Returns a file with three listeners. Keys appended to it belong to the last one.
std::string greet_echo_and_local(const std::string& path) {
  return "[[listen]]\nport = 0\n[[listen]]\nport = 0\nprotocol = 'echo'\n"
         "[[listen]]\naddress = '" +
         path + "'\n";
}

HeldProcess hold_only_session_of(Daemon& daemon) {
  const auto pid = sessions_of(daemon.acceptor(), 1).front();
  // From then on it gets a signal if its acceptor dies.
  wait_until("its title", [&] { return title_of(pid).starts_with("yodeld: session "); });
  return HeldProcess(pid);
}

TEST(Stop, RefusesNewConnectionsAndLetsSessionsEnd) {
  Daemon daemon(with_grace("[[listen]]\nport = 0\n"));
  const auto where = daemon.address();
  Connection session(where);
  EXPECT_EQ(session.receive(7), "welcome");
  const auto held = hold_only_session_of(daemon);
  session.send("alice\n");
  daemon.program().signal(SIGTERM);
  daemon.wait_for_record("stopping: ");
  daemon.wait_for_notification("STATUS=stopping, waiting for the last sessions: 1 active");
  wait_until("the listener's end", [&] {
    try {
      Connection late(where);
      return false;
    } catch (const std::system_error&) {
      return true;
    }
  });
  held.resume_after(SIGTERM);
  EXPECT_EQ(session.receive_rest(), "hello, alice!\n");
  EXPECT_EQ(daemon.program().wait().status, 0);
  EXPECT_EQ(daemon.records("closed: shutdown requested, 1 message").size(), 1u);
  EXPECT_EQ(daemon.records("grace period expired").size(), 0u);
}

TEST(Stop, DoesNotWaitForIdlePeers) {
  const TemporaryFolder folder;
  const std::string path = "unix:" + folder.path() + "/echo";
  Daemon daemon(with_grace(greet_echo_and_local(path)));
  Connection silent(daemon.address(0));
  EXPECT_EQ(silent.receive(7), "welcome");
  Connection in_a_line(daemon.address(0));
  in_a_line.send("alice\nbo");
  EXPECT_EQ(in_a_line.receive(21), "welcomehello, alice!\n");
  Connection echoed(daemon.address(1));
  echoed.send("a");
  EXPECT_EQ(echoed.receive(1), "a");
  Connection local(path);  // it has not even read its welcome
  sessions_of(daemon.acceptor_at(path), 1);
  EXPECT_EQ(daemon.stop().status, 0);
  // None of these peers reacted, and none was reset.
  EXPECT_EQ(silent.receive_rest(), "");
  EXPECT_EQ(in_a_line.receive_rest(), "");
  EXPECT_EQ(echoed.receive_rest(), "");
  EXPECT_EQ(local.receive_rest(), "welcome");
  EXPECT_EQ(daemon.records("closed: shutdown requested").size(), 4u);
}

TEST(Stop, AnswersWhatHasArrived) {
  Daemon daemon(with_grace("[[listen]]\nport = 0\n"));
  Connection peer(daemon.address());
  peer.receive(7);
  const auto held = hold_only_session_of(daemon);
  peer.send("alice\nbob\ncar");
  daemon.program().signal(SIGTERM);
  held.resume_after(SIGTERM);
  EXPECT_EQ(peer.receive_rest(), "hello, alice!\nhello, bob!\n") << "the last line has no end";
  EXPECT_EQ(daemon.program().wait().status, 0);
}

TEST(Stop, EchoesWhatHasArrived) {
  Daemon daemon(with_grace("[[listen]]\nport = 0\nprotocol = 'echo'\n"));
  Connection peer(daemon.address());
  const auto held = hold_only_session_of(daemon);
  const std::string bytes(60'000, 'x');
  peer.send(bytes);
  daemon.program().signal(SIGTERM);
  held.resume_after(SIGTERM);
  EXPECT_TRUE(peer.receive_rest() == bytes);
  EXPECT_EQ(daemon.program().wait().status, 0);
}

TEST(Stop, LetsDelayedRepliesGoOut) {
  Daemon daemon(with_grace("[[listen]]\nport = 0\n[greet]\ndelay = '100ms'\n"));
  Connection peer(daemon.address());
  peer.send("a\nb\nc\nd\n");
  EXPECT_EQ(peer.receive(17), "welcomehello, a!\n");  // the next reply is delayed
  daemon.program().signal(SIGTERM);
  EXPECT_EQ(peer.receive_rest(), "hello, b!\nhello, c!\nhello, d!\n");
  EXPECT_EQ(daemon.program().wait().status, 0);
  EXPECT_EQ(daemon.records("closed: shutdown requested, 4 messages").size(), 1u);
}

// Sends until the session takes nothing more, because the test reads nothing of what comes back.
// Returns the number of bytes sent.
std::size_t send_until_full(const Connection& peer, const std::string& block) {
  std::size_t sent = 0;
  for (;;) {
    const ssize_t size =
        ::send(peer.descriptor(), block.data(), block.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (size > 0) {
      sent += static_cast<std::size_t>(size);
      continue;
    }
    pollfd room{.fd = peer.descriptor(), .events = POLLOUT, .revents = 0};
    if (::poll(&room, 1, 200) == 0) return sent;
  }
}

TEST(Stop, OwesNothingToPeersThatDoNotRead) {
  const TemporaryFolder folder;
  const std::string path = "unix:" + folder.path() + "/echo";
  Daemon daemon(with_grace(greet_echo_and_local(path) + "protocol = 'echo'\n"));
  const Connection greeted(daemon.address(0));
  const Connection echoed(daemon.address(1));
  const Connection local(path);
  for (const auto* peer : {&greeted, &echoed, &local})
    send_until_full(*peer, std::string(100'000, '\n'));
  EXPECT_EQ(daemon.stop().status, 0);
  EXPECT_EQ(daemon.records("closed: shutdown requested").size(), 3u);
}

TEST(Stop, OwesEverythingToAPeerThatBeginsToRead) {
  Daemon daemon(with_grace("[[listen]]\nport = 0\nprotocol = 'echo'\n"));
  Connection peer(daemon.address());
  const std::string block(100'000, 'x');
  const auto sent = send_until_full(peer, block);
  daemon.program().signal(SIGTERM);
  daemon.wait_for_record("stopping: ");
  const auto received = peer.receive_rest();
  EXPECT_EQ(received.find_first_not_of('x'), std::string::npos);
  EXPECT_LE(received.size(), sent);
  EXPECT_EQ(daemon.program().wait().status, 0);
  const auto size = std::to_string(received.size());
  daemon.wait_for_record("closed: shutdown requested, " + size + " bytes in, " + size + " out");
}

// Delays a reply for longer than any test lasts.
const std::string owing = "[[listen]]\nport = 0\n[greet]\ndelay = '2h'\n";

TEST(Stop, EndsRemainingSessionsAfterTheGracePeriod) {
  Daemon daemon(owing + "[shutdown]\ngrace = '100ms'\n");
  Connection session(daemon.address());
  EXPECT_EQ(session.receive(7), "welcome");
  session.send("alice\n");
  daemon.program().signal(SIGTERM);
  EXPECT_EQ(session.receive_rest(), "") << "it is closed in order";
  session.end();
  EXPECT_EQ(daemon.program().wait().status, 0);
  EXPECT_EQ(daemon.records("grace period expired, ending 1 session").size(), 1u);
  EXPECT_EQ(daemon.records("closed: shutdown requested").size(), 1u);
}

TEST(Stop, ASecondSignalEndsTheGracePeriod) {
  Daemon daemon(with_grace(owing));
  Connection session(daemon.address());
  session.receive(7);
  session.send("alice\n");
  daemon.program().signal(SIGTERM);
  daemon.wait_for_notification("STOPPING=1");
  daemon.program().signal(SIGINT);
  EXPECT_EQ(session.receive_rest(), "");
  session.end();
  EXPECT_EQ(daemon.program().wait().status, 0);
}

TEST(Stop, KillsASessionThatDoesNotEnd) {
  Daemon daemon("[[listen]]\nport = 0\n[shutdown]\ngrace = '0s'\n");
  Connection session(daemon.address());
  session.receive(7);
  const auto pid = sessions_of(daemon.acceptor(), 1).front();
  ::kill(pid, SIGSTOP);  // stands for a compromised session that refuses to end
  EXPECT_EQ(daemon.stop().status, 0);
  EXPECT_FALSE(is_running(pid));
}

TEST(Stop, DuringAReloadStops) {
  Daemon daemon;
  daemon.program().signal(SIGHUP);
  daemon.program().signal(SIGTERM);
  EXPECT_EQ(daemon.program().wait().status, 0);
}

TEST(ManagerDeath, EndsAllOtherProcesses) {
  Daemon daemon;
  Connection session(daemon.address());
  session.receive(7);
  const auto acceptor = daemon.acceptor();
  const auto pid = sessions_of(acceptor, 1).front();
  const auto children = children_of(daemon.program().pid());
  ASSERT_EQ(children.size(), 2u) << "the acceptor and the log writer";
  daemon.program().signal(SIGKILL);
  EXPECT_EQ(daemon.program().wait().signal, SIGKILL);
  for (const pid_t child : children) {
    wait_until("the end of a child", [&] { return !is_running(child); });
  }
  wait_until("the session's end", [&] { return !is_running(pid); });
}

TEST(ManagerDeath, EndsSessionsThatOweAReply) {
  Daemon daemon(owing);
  Connection session(daemon.address());
  session.receive(7);
  session.send("alice\n");
  const auto pid = sessions_of(daemon.acceptor(), 1).front();
  daemon.program().signal(SIGKILL);
  EXPECT_EQ(daemon.program().wait().signal, SIGKILL);
  wait_until("the session's end", [&] { return !is_running(pid); });
}

TEST(AcceptorDeath, LetsSessionsAnswerWhatHasArrived) {
  Daemon daemon;
  Connection session(daemon.address());
  session.receive(7);
  const auto acceptor = daemon.acceptor();
  const auto held = hold_only_session_of(daemon);
  session.send("alice\n");
  ::kill(acceptor, SIGKILL);
  held.resume_after(SIGTERM);
  EXPECT_EQ(session.receive_rest(), "hello, alice!\n");
  daemon.wait_for_record(" close_reason=acceptor-died");
}

}  // namespace
}  // namespace yodel::tests
