// Every accepted connection is accounted for: it has exactly one record, however its session and
// its acceptor end.

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <gtest/gtest.h>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <sys/types.h>
#include <unistd.h>
#include <vector>

#include "posix/descriptor.hpp"
#include "tests/integration/connection.hpp"
#include "tests/integration/daemon.hpp"
#include "tests/integration/processes.hpp"

namespace yodel::tests {
namespace {

constexpr std::size_t many = 1500;  // a channel of a stock kernel holds 555 events

// A daemon for many sessions, with the socket buffers of a stock kernel.
Daemon::Setup stock_daemon() {
  posix::raise_descriptor_limit();
  auto setup = unprivileged("[[listen]]\nport = 0\nbacklog = 2000\n[limits]\nsessions = 2000\n");
  if (!sanitized) setup.environment = {{"LD_PRELOAD", YODEL_STOCK_BUFFERS}};
  return setup;
}

std::vector<std::unique_ptr<Connection>> hold(const std::string& where, std::size_t count) {
  std::vector<std::unique_ptr<Connection>> peers;
  for (std::size_t i = 0; i < count; ++i) {
    peers.push_back(std::make_unique<Connection>(where));
    peers.back()->receive(7);
  }
  return peers;
}

// Returns the value of a field from each record that has it.
std::vector<std::string> field_of_records(Daemon& daemon, const std::string& name) {
  std::vector<std::string> found;
  for (const auto& line : daemon.records(" " + name + "=")) {
    const auto start = line.find(" " + name + "=") + name.size() + 2;
    found.push_back(line.substr(start, line.find(' ', start) - start));
  }
  return found;
}

void expect_one_record_each(Daemon& daemon, std::size_t count) {
  const auto sessions = field_of_records(daemon, "session");
  EXPECT_EQ(sessions.size(), count);
  EXPECT_EQ(std::set<std::string>(sessions.begin(), sessions.end()).size(), count);
}

TEST(Accounting, HasARecordForEachSessionOfAnAcceptorThatWasKilled) {
  Daemon daemon(stock_daemon());
  const auto where = daemon.address();
  auto peers = hold(where, many);
  const auto acceptor = daemon.acceptor();
  sessions_of(acceptor, many);
  std::set<std::string> ports;
  for (const auto& peer : peers)
    ports.insert(std::to_string(peer->port()));
  ::kill(acceptor, SIGKILL);
  for (auto& peer : peers)
    EXPECT_EQ(peer->receive_rest(), "");
  peers.clear();
  EXPECT_EQ(daemon.stop().status, 0);
  expect_one_record_each(daemon, many);
  const auto recorded = field_of_records(daemon, "peer_port");
  EXPECT_EQ(std::set<std::string>(recorded.begin(), recorded.end()), ports)
      << "each with its own peer";
  EXPECT_EQ(daemon.records("with " + std::to_string(many) + " sessions").size(), 1U);
  EXPECT_EQ(daemon.records("stopped after " + std::to_string(many) + " connections").size(), 1U);
}

// The sessions die together with the acceptor, so that no process is left to report their ends.
TEST(Accounting, HasARecordForEachSessionThatIsKilledWithItsAcceptor) {
  Daemon daemon(stock_daemon());
  constexpr std::size_t some = 40;
  const auto peers = hold(daemon.address(), some);
  const auto acceptor = daemon.acceptor();
  kill_group(acceptor, sessions_of(acceptor, some));
  EXPECT_NE(daemon.acceptor(acceptor), acceptor);
  EXPECT_EQ(daemon.stop().status, 0);
  expect_one_record_each(daemon, some);
  EXPECT_EQ(daemon.records("crashed: session process").size(), some);
}

TEST(Accounting, HasARecordForEachOfManyThatEndAtOnce) {
  Daemon daemon(stock_daemon());
  auto peers = hold(daemon.address(), many);
  sessions_of(daemon.acceptor(), many);
  for (auto& peer : peers)
    peer->reset();
  EXPECT_EQ(daemon.stop().status, 0);
  expect_one_record_each(daemon, many);
}

TEST(Accounting, HasARecordForEachSessionOfAStop) {
  Daemon daemon(stock_daemon());
  const auto peers = hold(daemon.address(), many);
  sessions_of(daemon.acceptor(), many);
  EXPECT_EQ(daemon.stop().status, 0);
  expect_one_record_each(daemon, many);
}

// A stopped session does not react to signals that ask it to end.
TEST(Accounting, HasARecordForASessionThatHasToBeKilledAtAStop) {
  Daemon daemon("[[listen]]\nport = 0\n[shutdown]\ngrace = '0s'\n");
  Connection peer(daemon.address());
  peer.receive(7);
  ::kill(sessions_of(daemon.acceptor(), 1).front(), SIGSTOP);
  EXPECT_EQ(daemon.stop().status, 0);
  expect_one_record_each(daemon, 1);
  EXPECT_EQ(daemon.records("peer_port=" + std::to_string(peer.port())).size(), 1U);
}

TEST(Accounting, HasARecordForAConnectionThatNeverHadAProcess) {
  if (::geteuid() != 0)
    GTEST_SKIP() << "only root can run it as another user, whom RLIMIT_NPROC binds";
  for (const int signal : {SIGTERM, SIGKILL}) {
    Daemon daemon(unprivileged());
    const auto acceptor = daemon.acceptor();
    set_limit(acceptor, "nproc", "1");
    Connection peer(daemon.address());
    EXPECT_EQ(peer.receive(7), "welcome");
    daemon.wait_for_record("cannot fork a session at ");
    if (signal == SIGTERM) {
      daemon.program().signal(SIGTERM);
    } else {
      ::kill(acceptor, signal);
    }
    daemon.wait_for_record("closed: no session was started for it");
    EXPECT_EQ(daemon.stop().status, 0);
    expect_one_record_each(daemon, 1);
    EXPECT_EQ(daemon.records("peer_port=" + std::to_string(peer.port())).size(), 1U);
  }
}

TEST(Accounting, ReportsTheSessionLimitOnlyWhenSomebodyWaits) {
  Daemon daemon("[[listen]]\nport = 0\n[limits]\nsessions = 2\n");
  const auto where = daemon.address();
  {
    auto peers = hold(where, 2);
    sessions_of(daemon.acceptor(), 2);
    daemon.wait_for_notification("STATUS=sessions: 2 of 2 active");
    EXPECT_TRUE(daemon.records("session limit reached").empty());
    Connection waiting(where);
    daemon.wait_for_record("warning: session limit reached at " + where + "; callers wait");
  }
  EXPECT_EQ(Connection(where).receive(7), "welcome");
}

TEST(Accounting, NamesThePeerThatWasRefused) {
  Daemon daemon("[[listen]]\naddress = '::1'\nport = 0\n[limits]\nsessions_per_source = 1\n");
  Connection first(daemon.address());
  first.receive(7);
  Connection second(daemon.address());
  EXPECT_EQ(second.receive_rest(), "error: too many connections from your address\n");
  const auto line = daemon.wait_for_record(": too many sessions from one source, ");
  EXPECT_TRUE(holds(line, "the last from [::1]:" + std::to_string(second.port()))) << line;
  EXPECT_TRUE(holds(line, "peer_address=::1 ")) << line;
}

// --- the ends of acceptors ---

TEST(AcceptorEnd, BySigtermNeverCountsAsADeath) {
  Daemon daemon;
  const auto where = daemon.address();
  pid_t acceptor = 0;
  // More times than acceptors may die in a row.
  for (int i = 0; i < 12; ++i) {
    acceptor = daemon.acceptor(acceptor);
    EXPECT_EQ(Connection(where).receive(7), "welcome") << i;
    ::kill(acceptor, SIGTERM);
    daemon.wait_for_record("process " + std::to_string(acceptor) +
                           ": it received SIGTERM or SIGINT");
  }
  EXPECT_EQ(Connection(where).receive(7), "welcome");
  EXPECT_EQ(daemon.stop().status, 0);
  EXPECT_TRUE(daemon.records(" died").empty());
}

TEST(AcceptorEnd, AfterManyCrashesEndsItsOtherSessionsToo) {
  Daemon daemon;
  const auto where = daemon.address();
  const auto old = daemon.acceptor();
  auto peers = hold(where, 70);
  const auto pids = sessions_of(old, 70);
  for (std::size_t i = 0; i < 63; ++i)
    ::kill(pids[i], SIGABRT);
  sessions_of(old, 7);
  EXPECT_EQ(daemon.acceptor(), old) << "one crash fewer than the maximum";
  ::kill(pids[63], SIGABRT);
  daemon.wait_for_record("replacing the acceptor at " + where);
  for (auto& peer : peers)
    peer->receive_rest();  // an attacker has no session left
  EXPECT_NE(daemon.acceptor(old), old);
  EXPECT_EQ(daemon.stop().status, 0);
  expect_one_record_each(daemon, 70);
  EXPECT_EQ(daemon.records("crashed: session process").size(), 64U);
}

TEST(AcceptorEnd, IsNotCausedByKilledSessions) {
  Daemon daemon;
  const auto acceptor = daemon.acceptor();
  const auto peers = hold(daemon.address(), 70);
  for (const pid_t pid : sessions_of(acceptor, 70))
    ::kill(pid, SIGKILL);
  sessions_of(acceptor, 0);
  EXPECT_EQ(daemon.acceptor(), acceptor);
  EXPECT_EQ(daemon.stop().status, 0);
  EXPECT_TRUE(daemon.records("replacing").empty());
}

TEST(AcceptorEnd, OfOneThatIsNotReadyInTimeIsRecordedAndRetried) {
  const TemporaryFolder folder;
  namespace fs = std::filesystem;
  fs::copy_file(binary("yodeld"), folder.path() + "/yodeld");
  fs::copy_file(binary("slow-acceptor/yodel-acceptor"), folder.path() + "/yodel-acceptor");
  fs::copy_file(binary("yodel-acceptor"), folder.path() + "/real-acceptor");
  Daemon daemon(Daemon::Setup{.program = folder.path() + "/yodeld"});
  const auto where = daemon.address();
  const auto hang = folder.write("hang", "");
  const auto old = daemon.acceptor();
  ::kill(old, SIGKILL);
  Connection waiting(where);
  const std::string message = "err: killing the acceptor at " + where;
  try {
    daemon.wait_for_record(message);
  } catch (const std::runtime_error&) {  // the acceptor has as much time as a test waits
    daemon.wait_for_record(message);
  }
  EXPECT_EQ(daemon.records("it was not ready in time").size(), 1U);
  fs::remove(hang);
  EXPECT_EQ(waiting.receive(7), "welcome");
}

TEST(AcceptorEnd, OfOneThatDrainsAndHangsIsNoticed) {
  Daemon::Setup setup;
  setup.environment = {{"WATCHDOG_USEC", "1000000"}};
  Daemon daemon(setup);
  Connection session(daemon.address());
  session.receive(7);
  const auto old = daemon.acceptor();
  ::kill(old, SIGTERM);
  EXPECT_NE(daemon.acceptor(old), old);
  ::kill(old, SIGSTOP);
  daemon.wait_for_record("process " + std::to_string(old) + ": it does not respond");
  EXPECT_EQ(session.receive_rest(), "");
  EXPECT_EQ(daemon.stop().status, 0);
  expect_one_record_each(daemon, 1);
}

// --- the privileges of acceptors ---

TEST(AcceptorRights, AreThoseOfNobodyWhoeverStartsTheDaemon) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root has privileges to give up";
  if (sanitized) GTEST_SKIP() << "the confinement forbids what sanitizers need";
  const TemporaryFolder folder;
  namespace fs = std::filesystem;
  for (const char* name : {"yodeld", "yodel-acceptor"})
    fs::copy_file(binary(name), folder.path() + "/" + name);
  fs::permissions(folder.path(),
                  fs::perms::owner_all | fs::perms::others_read | fs::perms::others_exec);
  Daemon::Setup with_a_capability;
  with_a_capability.wait_until_ready = false;  // it cannot write to our socket
  with_a_capability.program = "/bin/sh";
  with_a_capability.arguments_before = {
      "-c",
      "chmod 755 \"${2%/*}\"; exec /usr/bin/setpriv --reuid=65534 --regid=65534 --clear-groups "
      "--inh-caps=+net_bind_service --ambient-caps=+net_bind_service \"$0\" \"$@\"",
      folder.path() + "/yodeld"};
  for (const auto& setup : {Daemon::Setup{}, with_a_capability}) {
    Daemon daemon(setup);
    daemon.wait_for_record(" is ready: ");
    Connection peer(daemon.address());
    EXPECT_EQ(peer.receive(7), "welcome");
    const auto acceptor = daemon.acceptor();
    for (const pid_t pid : {acceptor, sessions_of(acceptor, 1).front()}) {
      EXPECT_EQ(status_of(pid, "Uid"), "65534\t65534\t65534\t65534");
      EXPECT_EQ(status_of(pid, "Gid"), "65534\t65534\t65534\t65534");
      EXPECT_EQ(status_of(pid, "Groups").find_first_of("0123456789"), std::string::npos);
      for (const char* set : {"CapInh", "CapPrm", "CapEff", "CapAmb"})
        EXPECT_EQ(status_of(pid, set), "0000000000000000") << set;
    }
    EXPECT_EQ(daemon.stop().status, 0) << "the manager can still signal it";
  }
}

}  // namespace
}  // namespace yodel::tests
