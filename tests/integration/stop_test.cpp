// How the daemon stops, and that nothing outlives it.

#include <csignal>
#include <gtest/gtest.h>
#include <string>
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

TEST(Stop, AsksForAsMuchTimeAsTheGraceNeeds) {
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

TEST(Stop, RefusesNewConnectionsAndLetsSessionsEnd) {
  Daemon daemon;
  const auto where = daemon.address();
  Connection session(where);
  EXPECT_EQ(session.receive(7), "welcome");
  daemon.program().signal(SIGTERM);
  daemon.wait_for_record("stopping: ");
  daemon.wait_for_notification("STATUS=stopping, waiting for the last sessions: 1 now");
  wait_until("the listener's end", [&] {
    try {
      Connection late(where);
      return false;
    } catch (const std::system_error&) {
      return true;
    }
  });
  session.send("alice\nexit\n");
  EXPECT_EQ(session.receive_rest(), "hello, alice!\n");
  EXPECT_EQ(daemon.program().wait().status, 0);
  EXPECT_EQ(daemon.records("closed: peer sent exit").size(), 1u);
  EXPECT_EQ(daemon.records("the grace is over").size(), 0u);
}

TEST(Stop, EndsWhatIsLeftAfterTheGrace) {
  Daemon daemon("[[listen]]\nport = 0\n[shutdown]\ngrace = '100ms'\n");
  Connection session(daemon.address());
  EXPECT_EQ(session.receive(7), "welcome");
  daemon.program().signal(SIGTERM);
  EXPECT_EQ(session.receive_rest(), "") << "it is closed in order";
  session.end();
  EXPECT_EQ(daemon.program().wait().status, 0);
  EXPECT_EQ(daemon.records("the grace is over: ending 1 session").size(), 1u);
  EXPECT_EQ(daemon.records("closed: told to end").size(), 1u);
}

TEST(Stop, ASecondSignalEndsTheGrace) {
  Daemon daemon("[[listen]]\nport = 0\n[shutdown]\ngrace = '1h'\n");
  Connection session(daemon.address());
  session.receive(7);
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
  ::kill(pid, SIGSTOP);  // as good as a session that was taken over and will not go
  EXPECT_EQ(daemon.stop().status, 0);
  EXPECT_FALSE(is_running(pid));
}

TEST(Stop, DuringAReloadStops) {
  Daemon daemon;
  daemon.program().signal(SIGHUP);
  daemon.program().signal(SIGTERM);
  EXPECT_EQ(daemon.program().wait().status, 0);
}

TEST(ManagerDeath, TakesEverythingWithIt) {
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

}  // namespace
}  // namespace yodel::tests
