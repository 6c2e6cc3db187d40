// The manager pings its acceptors, and systemd's watchdog.

#include <csignal>
#include <gtest/gtest.h>
#include <string>

#include "tests/integration/connection.hpp"
#include "tests/integration/daemon.hpp"
#include "tests/integration/processes.hpp"

namespace yodel::tests {
namespace {

TEST(Watchdog, IsPingedRegularly) {
  Daemon::Setup setup;
  setup.environment = {{"WATCHDOG_USEC", "1000000"}};
  Daemon daemon(setup);
  const auto start = posix::Clock::now();
  for (int i = 0; i < 5; ++i)
    daemon.wait_for_notification("WATCHDOG=1");
  EXPECT_GE(posix::Clock::now() - start, std::chrono::milliseconds(500)) << "not more often";
}

TEST(Watchdog, AnAcceptorThatDoesNotRespondIsReplacedAndNothingElseIsHarmed) {
  Daemon::Setup setup;
  setup.config = "[[listen]]\nport = 0\n[[listen]]\nport = 0\n";
  setup.environment = {{"WATCHDOG_USEC", "2000000"}};
  Daemon daemon(setup);
  const auto stuck = daemon.address(0);
  const auto healthy = daemon.address(1);
  Connection its_session(stuck);
  its_session.receive(7);
  Connection other_session(healthy);
  other_session.receive(7);
  const auto old = daemon.acceptor_at(stuck);
  const auto other = daemon.acceptor_at(healthy);

  ::kill(old, SIGSTOP);
  daemon.wait_for_record("err: killing the acceptor at " + stuck + ", process " +
                         std::to_string(old) + ": it does not respond");
  EXPECT_EQ(its_session.receive_rest(), "") << "closed in order, not reset";
  its_session.end();
  daemon.wait_for_record("closed: its acceptor died");
  EXPECT_NE(daemon.acceptor_at(stuck, old), old);
  EXPECT_EQ(Connection(stuck).receive(7), "welcome");
  daemon.take_last_notifications();
  daemon.wait_for_notification("WATCHDOG=1");  // again, now that every acceptor responds

  EXPECT_EQ(daemon.acceptor_at(healthy), other);
  other_session.send("alice\nexit\n");
  EXPECT_EQ(other_session.receive_rest(), "hello, alice!\n");
  EXPECT_EQ(daemon.records("it does not respond").size(), 1u);
}

TEST(Watchdog, IsNotNeededToReplaceAnAcceptorThatDoesNotRespond) {
  Daemon daemon;
  const auto where = daemon.address();
  const auto old = daemon.acceptor();
  ::kill(old, SIGSTOP);
  daemon.wait_for_record("it does not respond");
  EXPECT_NE(daemon.acceptor(old), old);
  EXPECT_EQ(Connection(where).receive(7), "welcome");
}

}  // namespace
}  // namespace yodel::tests
