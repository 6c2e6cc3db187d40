// Acceptors and sessions that die: isolated, replaced and accounted for. Process titles and
// descriptors.

#include "tests/integration/processes.hpp"

#include <csignal>
#include <fstream>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <unistd.h>
#include <vector>

#include "tests/integration/connection.hpp"
#include "tests/integration/daemon.hpp"

namespace yodel::tests {
namespace {

TEST(AcceptorDeath, IsFollowedByAnotherOnTheSameSocket) {
  Daemon daemon;
  const auto where = daemon.address();
  const auto old = daemon.acceptor();
  ::kill(old, SIGSTOP);
  Connection waiting(where);  // in the backlog, which outlives the acceptor
  waiting.send("alice\n");
  ::kill(old, SIGKILL);
  EXPECT_EQ(waiting.receive(21), "welcomehello, alice!\n");
  EXPECT_NE(daemon.acceptor(), old);
  daemon.wait_for_record("err: the acceptor at " + where + " died: process " + std::to_string(old) +
                         " killed by signal 9 (SIGKILL)");
}

TEST(AcceptorDeath, EndsItsSessionsProperlyAndAccountsForThem) {
  Daemon daemon;
  Connection session(daemon.address());
  session.receive(7);
  session.send("alice\n");
  EXPECT_EQ(session.receive(14), "hello, alice!\n");
  const auto acceptor = daemon.acceptor();
  const auto pid = sessions_of(acceptor, 1).front();
  ::kill(acceptor, SIGKILL);
  EXPECT_EQ(session.receive_rest(), "") << "closed, not reset";
  session.end();
  const auto line =
      daemon.wait_for_record("closed: its acceptor died, 1 message, 6 bytes in, 21 out");
  EXPECT_NE(line.find("session_pid=" + std::to_string(pid)), std::string::npos) << line;
  EXPECT_NE(line.find("peer_port=" + std::to_string(session.port())), std::string::npos) << line;
}

TEST(AcceptorDeath, SigtermDrainsItAndStartsAnother) {
  Daemon daemon;
  const auto where = daemon.address();
  Connection session(where);
  session.receive(7);
  const auto old = daemon.acceptor();
  ::kill(old, SIGTERM);
  EXPECT_NE(daemon.acceptor(old), old);
  Connection other(where);
  EXPECT_EQ(other.receive(7), "welcome");
  session.send("alice\nexit\n");
  EXPECT_EQ(session.receive_rest(), "hello, alice!\n") << "sessions of the old one go on";
  daemon.acceptor();
  EXPECT_FALSE(is_running(old));
}

TEST(AcceptorDeath, RepeatedDeathsAreSurvived) {
  Daemon daemon;
  const auto where = daemon.address();
  for (int i = 0; i < 4; ++i) {
    ::kill(daemon.acceptor(), SIGKILL);
    Connection peer(where);
    EXPECT_EQ(peer.receive(7), "welcome") << i;
  }
}

TEST(SessionCrashes, ReplaceTheAcceptorWhenThereAreMany) {
  Daemon daemon;
  const auto where = daemon.address();
  const auto old = daemon.acceptor();
  std::vector<std::unique_ptr<Connection>> peers;
  for (int i = 0; i < 64; ++i) {
    peers.push_back(std::make_unique<Connection>(where));
    peers.back()->receive(7);
  }
  for (const pid_t pid : sessions_of(old, 64))
    ::kill(pid, SIGABRT);
  daemon.wait_for_record("replacing the acceptor at " + where);
  wait_until("the old acceptor's end", [&] { return !is_running(old); });
  EXPECT_EQ(Connection(where).receive(7), "welcome");
  EXPECT_EQ(daemon.stop().status, 0);
  EXPECT_EQ(daemon.records("crashed: session process").size(), 64u);
  EXPECT_EQ(daemon.records("replacing the acceptor at ").size(), 1u);
}

// Waits until the only session of that acceptor has this title and its process name.
void expect_session(pid_t acceptor, const std::string& title) {
  const auto pid = sessions_of(acceptor, 1).front();
  wait_until("a session with the title " + title, [&] { return title_of(pid) == title; });
  wait_until("a session's name", [&] { return name_of(pid) == "yodel-session"; });
}

TEST(Titles, ShowWhatEachProcessIs) {
  Daemon daemon;
  EXPECT_EQ(title_of(daemon.program().pid()), "yodeld: manager");
  EXPECT_EQ(name_of(daemon.program().pid()), "yodeld");
  const auto writer = child_of(daemon.program().pid(), "yodeld-log");
  wait_until("its title", [&] { return title_of(writer) == "yodeld: log"; });
  const auto acceptor = daemon.acceptor();
  EXPECT_EQ(title_of(acceptor), "yodeld: acceptor " + daemon.address());
  EXPECT_EQ(name_of(acceptor), "yodel-acceptor");
  Connection session(daemon.address());
  expect_session(acceptor,
                 "yodeld: session 127.0.0.1:" + std::to_string(session.port()) + " greet");
}

TEST(Titles, ShowAddressesOfEachFamily) {
  const TemporaryFolder folder;
  const std::string path = "unix:" + folder.path() + "/" + std::string(50, 'x');
  Daemon daemon("[[listen]]\naddress = '" + path + "'\nprotocol = 'echo'\n");
  Connection local(path);
  expect_session(daemon.acceptor_at(path), "yodeld: session unix (pid " +
                                               std::to_string(::getpid()) + ", uid " +
                                               std::to_string(::getuid()) + ") echo");
  daemon.reload("[[listen]]\naddress = '::1'\nport = 0\n");
  daemon.wait_for_record("reloaded ");
  const auto where = daemon.address(1);
  EXPECT_TRUE(where.starts_with("[::1]:")) << where;
  Connection session(where);
  expect_session(daemon.acceptor_at(where),
                 "yodeld: session [::1]:" + std::to_string(session.port()) + " greet");
}

// Returns the OOM score adjustment of a process, proc(5).
std::string oom_score_adjustment_of(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/oom_score_adj");
  std::string value;
  std::getline(file, value);
  return value;
}

TEST(OutOfMemory, KillsAcceptorsAndSessionsBeforeTheManager) {
  Daemon daemon;
  const auto manager = std::stoi(oom_score_adjustment_of(daemon.program().pid()));
  const auto acceptor = daemon.acceptor();
  EXPECT_GT(std::stoi(oom_score_adjustment_of(acceptor)), manager);
  Connection session(daemon.address());
  session.receive(7);
  EXPECT_EQ(oom_score_adjustment_of(sessions_of(acceptor, 1).front()),
            oom_score_adjustment_of(acceptor));
}

TEST(OutOfMemory, AcceptorsDoNotInheritTheManagersProtection) {
  const std::string choom = "/usr/bin/choom";
  const std::vector<std::string> protect{"-n", "-500", "--"};
  if (run(with_arguments({.path = choom, .arguments = protect}, {"/bin/true"})).exit.status != 0) {
    GTEST_SKIP() << "not permitted to protect a process";
  }
  Daemon daemon({.program = choom,
                 .arguments_before = {protect[0], protect[1], protect[2], binary("yodeld")}});
  EXPECT_EQ(oom_score_adjustment_of(daemon.program().pid()), "-500");
  EXPECT_EQ(oom_score_adjustment_of(daemon.acceptor()), "0");
}

TEST(Descriptors, ASessionHasItsConnectionAndTheChannel) {
  Daemon daemon;
  Connection session(daemon.address());
  session.receive(7);
  const auto pid = sessions_of(daemon.acceptor(), 1).front();
  wait_until("the session to have closed what it does not need",
             [&] { return descriptors_of(pid).size() == 5; });
  // 0, 1 and 2 are /dev/null, 3 is the channel, and the fifth is the connection.
  EXPECT_EQ(descriptors_of(pid)[3], 3);
}

TEST(Descriptors, DoNotLeakOverTenThousandSessions) {
#if defined(YODEL_SANITIZED)
  constexpr int sessions = 1'000;  // forks take much longer with sanitizers
#else
  constexpr int sessions = 10'000;
#endif
  Daemon daemon;
  const auto where = daemon.address();
  const auto manager = daemon.program().pid();
  const auto acceptor = daemon.acceptor();
  const auto of_manager = descriptors_of(manager);
  const auto of_acceptor = descriptors_of(acceptor);
  for (int i = 0; i < sessions; ++i) {
    Connection peer(where);
    peer.send("exit\n");
    EXPECT_EQ(peer.receive_rest(), "welcome");
    // The test must read the log now and then, or the pipe fills.
    peer.end();
    if (i % 500 == 0) daemon.wait_for_record(" session=1-" + std::to_string(i + 1) + " ");
  }
  sessions_of(acceptor, 0);
  EXPECT_EQ(descriptors_of(manager), of_manager);
  EXPECT_EQ(descriptors_of(acceptor), of_acceptor);
  EXPECT_EQ(daemon.stop().status, 0);
  EXPECT_EQ(daemon.records(" closed: peer sent exit").size(), std::size_t{sessions});
}

TEST(Descriptors, TheAcceptorKeepsNoneForASession) {
  Daemon daemon;
  const auto acceptor = daemon.acceptor();
  const auto before = descriptors_of(acceptor);
  std::vector<std::unique_ptr<Connection>> peers;
  for (int i = 0; i < 50; ++i) {
    peers.push_back(std::make_unique<Connection>(daemon.address()));
    peers.back()->receive(7);
  }
  sessions_of(acceptor, 50);
  // The acceptor closes the last connection a moment after the fork.
  wait_until("no descriptor for a session that runs",
             [&] { return descriptors_of(acceptor) == before; });
  peers.clear();
  sessions_of(acceptor, 0);
  EXPECT_EQ(descriptors_of(acceptor), before);
}

}  // namespace
}  // namespace yodel::tests
