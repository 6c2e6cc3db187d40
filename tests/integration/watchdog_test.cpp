// Signs of life: of the acceptors to the manager, of the manager to systemd.

#include <csignal>
#include <gtest/gtest.h>
#include <string>

#include "tests/integration/connection.hpp"
#include "tests/integration/daemon.hpp"
#include "tests/integration/processes.hpp"

namespace yodel::tests {
namespace {

TEST(Watchdog, GetsSignsOfLifeAgainAndAgain) {
  Daemon::Setup setup;
  setup.environment = {{"WATCHDOG_USEC", "1000000"}};
  Daemon daemon(setup);
  const auto start = posix::Clock::now();
  for (int i = 0; i < 5; ++i)
    daemon.wait_for_notification("WATCHDOG=1");
  EXPECT_GE(posix::Clock::now() - start, std::chrono::milliseconds(500)) << "and no more often";
}

TEST(Watchdog, AnAcceptorThatGivesNoneIsReplacedAndNothingElseIsHarmed) {
  Daemon::Setup setup;
  setup.config = "[[listen]]\nport = 0\n[[listen]]\nport = 0\n";
  setup.environment = {{"WATCHDOG_USEC", "2000000"}};
  Daemon daemon(setup);
  const auto stuck = daemon.address(0);
  const auto sound = daemon.address(1);
  Connection its_session(stuck);
  its_session.receive(7);
  Connection other_session(sound);
  other_session.receive(7);
  const auto old = daemon.acceptor_at(stuck);
  const auto other = daemon.acceptor_at(sound);

  ::kill(old, SIGSTOP);
  daemon.wait_for_record("err: killing the acceptor at " + stuck + ", process " +
                         std::to_string(old) + ": it gives no sign of life");
  EXPECT_EQ(its_session.receive_rest(), "") << "closed in order, not reset";
  its_session.end();
  daemon.wait_for_record("closed: its acceptor died");
  EXPECT_NE(daemon.acceptor_at(stuck, old), old);
  EXPECT_EQ(Connection(stuck).receive(7), "welcome");
  daemon.take_last_notifications();
  daemon.wait_for_notification("WATCHDOG=1");  // again, now that none is silent

  EXPECT_EQ(daemon.acceptor_at(sound), other);
  other_session.send("alice\nexit\n");
  EXPECT_EQ(other_session.receive_rest(), "hello, alice!\n");
  EXPECT_EQ(daemon.records("gives no sign of life").size(), 1u);
}

TEST(Watchdog, WithoutOneAnAcceptorThatGivesNoneIsReplacedToo) {
  Daemon daemon;
  const auto where = daemon.address();
  const auto old = daemon.acceptor();
  ::kill(old, SIGSTOP);
  daemon.wait_for_record("gives no sign of life");
  EXPECT_NE(daemon.acceptor(old), old);
  EXPECT_EQ(Connection(where).receive(7), "welcome");
}

}  // namespace
}  // namespace yodel::tests
