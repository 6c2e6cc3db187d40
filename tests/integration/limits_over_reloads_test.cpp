// The limits hold for the sum over all reloads and replacements: `sessions`, `sessions_per_source`,
// and how long sessions continue with previous settings.

#include <csignal>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <sys/types.h>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

#include "tests/integration/connection.hpp"
#include "tests/integration/daemon.hpp"
#include "tests/integration/processes.hpp"

namespace yodel::tests {
namespace {

constexpr const char* too_many = "error: too many connections from your address\n";

struct Settings {
  const char* protocol = "greet";
  std::string welcome = "w";
  int sessions = 3;
  int per_source = 0;
  const char* grace = "1h";
};
std::string file(const Settings& settings) {
  return fmt::format(
      "[[listen]]\nport = 0\nprotocol = '{}'\n[greet]\nwelcome = '{}'\n"
      "[limits]\nsessions = {}\nsessions_per_source = {}\n[reload]\ngrace = '{}'\n",
      settings.protocol, settings.welcome, settings.sessions, settings.per_source, settings.grace);
}

// Returns the number of sessions of all acceptors of a daemon.
std::size_t sessions_of_all(Daemon& daemon) {
  std::size_t count = 0;
  for (const pid_t child : children_of(daemon.program().pid())) {
    auto processes = children_of(child);
    processes.push_back(child);  // it may be a session whose acceptor is dead
    for (const pid_t pid : processes)
      count += name_of(pid) == "yodel-session" ? 1 : 0;
  }
  return count;
}

std::unique_ptr<Connection> caller(const std::string& where, const std::string& welcome) {
  auto peer = std::make_unique<Connection>(where);
  EXPECT_EQ(peer->receive(welcome.size()), welcome);
  return peer;
}

TEST(LimitsOverReloads, ReloadsInPlaceDoNotRaiseTheSourceLimit) {
  Daemon daemon(file({.sessions = 40, .per_source = 2}));
  const auto where = daemon.address();
  const auto first = caller(where, "w");
  const auto second = caller(where, "w");
  for (int i = 0; i < 30; ++i) {
    daemon.reload(file({.welcome = std::string(static_cast<std::size_t>(i + 2), 'w'),
                        .sessions = 40 + i,
                        .per_source = 2}));
    EXPECT_EQ(Connection(where).receive_rest(), too_many) << i;
  }
  EXPECT_EQ(sessions_of_all(daemon), 2U);
}

// An acceptor can neither change its protocol nor get more room.
TEST(LimitsOverReloads, ReloadsThatReplaceTheAcceptorDoNotRaiseTheSourceLimit) {
  Daemon daemon(file({.per_source = 1}));
  const auto where = daemon.address();
  auto first = caller(where, "w");
  for (const Settings& next :
       {Settings{.protocol = "echo", .per_source = 1}, Settings{.sessions = 2000, .per_source = 1},
        Settings{.protocol = "echo", .sessions = 5000, .per_source = 1}}) {
    daemon.reload(file(next));
    EXPECT_EQ(Connection(where).receive_rest(), too_many);
  }
  EXPECT_EQ(sessions_of_all(daemon), 1U);
  first->send("alice\nexit\n");
  EXPECT_EQ(first->receive_rest(), "hello, alice!\n") << "it keeps its settings";
  first.reset();
  wait_until("room for its source", [&] {
    try {
      Connection next(where);
      next.send("ping");
      return next.receive_some() == "ping";
    } catch (const std::system_error&) {
      return false;  // refused, and closed before the message was sent
    }
  });
}

TEST(LimitsOverReloads, TheSumOfSessionsNeverExceedsTheLimit) {
  Daemon daemon(file({}));
  const auto where = daemon.address();
  std::vector<std::unique_ptr<Connection>> held;
  held.reserve(3);
  for (int i = 0; i < 3; ++i)
    held.push_back(caller(where, "w"));
  for (int i = 0; i < 6; ++i) {
    daemon.reload(file({.protocol = i % 2 == 0 ? "echo" : "greet"}));
    Connection waiting(where);
    daemon.wait_for_record("session limit reached at " + where + "; callers wait");
    EXPECT_EQ(sessions_of_all(daemon), 3U) << i;
  }
  Connection waiting(where);
  held.front()->send("exit\n");
  EXPECT_EQ(waiting.receive(1), "w") << "one is admitted for each that ends";
}

TEST(LimitsOverReloads, ALowerLimitCountsExistingSessions) {
  Daemon daemon(file({}));
  const auto where = daemon.address();
  auto first = caller(where, "w");
  auto second = caller(where, "w");
  daemon.reload(file({.sessions = 1}));
  Connection third(where);
  daemon.wait_for_record("session limit reached at ");
  first->send("exit\n");
  first->receive_rest();
  second->send("alice\n");
  EXPECT_EQ(second->receive(14), "hello, alice!\n");
  EXPECT_LE(sessions_of_all(daemon), 2U);
  second->send("exit\n");
  EXPECT_EQ(third.receive(1), "w");
}

// Stopped sessions do not end with their acceptor, so they still count.
TEST(LimitsOverReplacements, TheSessionsOfADeadAcceptorCountUntilTheyEnd) {
  Daemon daemon(file({.sessions = 2}));
  const auto where = daemon.address();
  const auto old = daemon.acceptor();
  const auto first = caller(where, "w");
  const auto second = caller(where, "w");
  const auto stopped = sessions_of(old, 2);
  for (const pid_t pid : stopped)
    ::kill(pid, SIGSTOP);
  ::kill(old, SIGKILL);
  daemon.acceptor(old);
  Connection next(where);
  EXPECT_EQ(next.receive(1), "w");
  for (const pid_t pid : stopped)
    EXPECT_FALSE(is_running(pid)) << "another session has its place";
}

TEST(LimitsOverReplacements, ADrainingAcceptorDoesNotRaiseTheSourceLimit) {
  Daemon daemon(file({.per_source = 1}));
  const auto where = daemon.address();
  const auto first = caller(where, "w");
  pid_t acceptor = 0;
  for (int i = 0; i < 5; ++i) {
    const auto old = acceptor;
    wait_until("another acceptor", [&] {
      for (const pid_t child : children_of(daemon.program().pid())) {
        if (name_of(child) == "yodel-acceptor") acceptor = child;
      }
      return acceptor != old;
    });
    EXPECT_EQ(Connection(where).receive_rest(), too_many) << i;
    ::kill(acceptor, SIGTERM);
    daemon.wait_for_record("process " + std::to_string(acceptor) +
                           ": it received SIGTERM or SIGINT");
  }
}

TEST(ReloadGrace, EndsSessionsWithPreviousSettingsAndNoOthers) {
  for (const char* protocol : {"greet", "echo"}) {  // applied in place, and by another acceptor
    Daemon daemon(file({.welcome = "old", .grace = "1h"}));
    const auto where = daemon.address();
    auto before = caller(where, "old");
    daemon.reload(file({.protocol = protocol, .welcome = "new", .grace = "0s"}));
    EXPECT_EQ(before->receive_rest(), "");
    before->end();
    daemon.wait_for_record("closed: shutdown requested");
    // A session with the current settings stays, also over a reload that changes nothing.
    const bool echoes = protocol == std::string("echo");
    const std::string answer = echoes ? "bob\n" : "hello, bob!\n";
    Connection after(where);
    if (!echoes) {
      EXPECT_EQ(after.receive(3), "new");
    }
    for (int i = 0; i < 2; ++i) {
      after.send("bob\n");
      EXPECT_EQ(after.receive(answer.size()), answer) << i;
      daemon.reload(file({.protocol = protocol, .welcome = "new", .grace = "0s"}));
    }
  }
}

TEST(ReloadGrace, AppliesToSessionsOfAnAcceptorThatIsAlreadyDraining) {
  for (const char* protocol : {"greet", "echo"}) {
    Daemon daemon(file({.welcome = "old"}));
    auto before = caller(daemon.address(), "old");
    const auto acceptor = daemon.acceptor();
    ::kill(acceptor, SIGTERM);
    daemon.wait_for_record("it received SIGTERM or SIGINT");
    daemon.acceptor(acceptor);
    daemon.reload(file({.protocol = protocol, .welcome = "new", .grace = "0s"}));
    EXPECT_EQ(before->receive_rest(), "");
  }
}

// A session decides when it begins whether it reports.
TEST(ReloadOfTheLogLevel, CausesNoFalseRecords) {
  const TemporaryFolder folder;
  const auto where = "unix:" + folder.path() + "/socket";
  const auto listen = "[[listen]]\naddress = '" + where + "'\n[log]\nlevel = ";
  for (const auto& [before, after] : {std::pair{"'info'", "'notice'"}, {"'notice'", "'info'"}}) {
    Daemon::Setup setup;
    setup.config = listen + before;
    setup.wait_until_ready = false;  // "ready" is not logged at level notice
    Daemon daemon(setup);
    daemon.wait_for_notification("READY=1");
    std::vector<std::unique_ptr<Connection>> peers;
    peers.reserve(3);
    for (int i = 0; i < 3; ++i)
      peers.push_back(caller(where, "welcome"));
    daemon.reload(listen + after);
    for (auto& peer : peers) {
      peer->send("exit\n");
      peer->receive_rest();
    }
    EXPECT_EQ(daemon.stop().status, 0);
    EXPECT_TRUE(daemon.records("unknown connection").empty()) << daemon.program().errors();
    EXPECT_TRUE(daemon.records("its report was lost").empty()) << daemon.program().errors();
  }
}

}  // namespace
}  // namespace yodel::tests
