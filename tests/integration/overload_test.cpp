// A system that is short of something: the listener stays open, what waits is served as soon as it
// passes, nothing spins, and each kind of trouble is said once, with a count.

#include <chrono>
#include <csignal>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "tests/integration/connection.hpp"
#include "tests/integration/daemon.hpp"
#include "tests/integration/processes.hpp"

namespace yodel::tests {
namespace {

using namespace std::chrono_literals;

// The processor time that a process has taken so far, proc(5).
std::chrono::milliseconds time_of(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  std::getline(file, line);
  std::istringstream fields(line.substr(line.rfind(')') + 2));
  const std::vector<std::string> all{std::istream_iterator<std::string>(fields), {}};
  const auto ticks = std::stol(all.at(11)) + std::stol(all.at(12));
  return std::chrono::milliseconds(ticks * 1000 / ::sysconf(_SC_CLK_TCK));
}

// A while in which the trouble is tried again many times.
void let_it_try(Connection& waiting) {
  EXPECT_FALSE(waiting.has_input(700ms));
}

// The acceptor rests between its tries: at most a tenth of the time.
void expect_it_did_not_spin(pid_t acceptor, std::chrono::milliseconds before) {
  EXPECT_LT(time_of(acceptor) - before, 70ms);
}

void expect_service(const std::string& where) {
  Connection peer(where);
  EXPECT_EQ(peer.receive(7), "welcome");
  peer.send("exit\n");
  EXPECT_EQ(peer.receive_rest(), "");
}

TEST(Overload, WithoutDescriptorsConnectionsWait) {
  Daemon daemon(unprivileged());
  const auto where = daemon.address();
  const pid_t acceptor = daemon.acceptor();
  const auto files = soft_limit(acceptor, "Max open files");
  set_limit(acceptor, "nofile", "4");
  const auto before = time_of(acceptor);
  Connection first(where);
  Connection second(where);
  let_it_try(first);
  expect_it_did_not_spin(acceptor, before);
  set_limit(acceptor, "nofile", files);
  for (Connection* peer : {&first, &second}) {
    peer->send("alice\nexit\n");
    EXPECT_EQ(peer->receive_rest(), "welcomehello, alice!\n");
  }
  EXPECT_EQ(daemon.acceptor(), acceptor);
  EXPECT_EQ(daemon.stop().status, 0);
  const auto said =
      daemon.records("cannot accept connections at " + where + ": Too many open files");
  ASSERT_EQ(said.size(), 2U) << "the first time at once, the others counted at the end";
  EXPECT_FALSE(holds(said[0], "since the last")) << said[0];
}

TEST(Overload, WithoutProcessesAConnectionHasItsWelcomeAndWaits) {
  if (::geteuid() != 0) GTEST_SKIP() << "RLIMIT_NPROC takes another user to be without";
  Daemon daemon(unprivileged());
  const auto where = daemon.address();
  const pid_t acceptor = daemon.acceptor();
  const auto processes = soft_limit(acceptor, "Max processes");
  set_limit(acceptor, "nproc", "1");
  const auto before = time_of(acceptor);
  Connection first(where);
  EXPECT_EQ(first.receive(7), "welcome");
  first.send("alice\nexit\n");
  Connection second(where);
  let_it_try(second);
  expect_it_did_not_spin(acceptor, before);
  set_limit(acceptor, "nproc", processes);
  EXPECT_EQ(first.receive_rest(), "hello, alice!\n");
  second.send("exit\n");
  EXPECT_EQ(second.receive_rest(), "welcome");
  EXPECT_EQ(daemon.stop().status, 0);
  const auto said =
      daemon.records("cannot fork a session at " + where + ": Resource temporarily unavailable");
  ASSERT_FALSE(said.empty()) << daemon.program().errors();
  EXPECT_FALSE(holds(said[0], "since the last")) << said[0];
}

// What it goes by is settled when it is accepted.
TEST(Overload, AConnectionThatWaitsForAProcessKeepsItsSettingsOverReloads) {
  if (::geteuid() != 0) GTEST_SKIP() << "RLIMIT_NPROC takes another user to be without";
  const auto file = [](const std::string& welcome) {
    return "[[listen]]\nport = 0\n[greet]\nwelcome = '" + welcome + "'\n";
  };
  for (const auto& [before, after] :
       {std::pair{"a long welcome", "hi"}, {"hi", "a long welcome"}}) {
    Daemon daemon(unprivileged(file(before)));
    const pid_t acceptor = daemon.acceptor();
    const auto processes = soft_limit(acceptor, "Max processes");
    set_limit(acceptor, "nproc", "1");
    Connection waiting(daemon.address());
    daemon.wait_for_record("cannot fork a session at ");
    daemon.reload(file("another"));
    daemon.reload(file(after));
    set_limit(acceptor, "nproc", processes);
    waiting.send("alice\nexit\n");
    EXPECT_EQ(waiting.receive_rest(), before + std::string("hello, alice!\n"));
    EXPECT_EQ(Connection(daemon.address()).receive(std::string_view(after).size()), after);
  }
}

TEST(Overload, ManyMoreThanSessionsAreAllServedInTurn) {
  Daemon daemon(unprivileged("[[listen]]\nport = 0\n[limits]\nsessions = 3\n"));
  std::vector<std::unique_ptr<Connection>> peers(60);
  for (auto& peer : peers)
    peer = std::make_unique<Connection>(daemon.address());
  const pid_t acceptor = daemon.acceptor();
  sessions_of(acceptor, 3);
  const auto before = time_of(acceptor);
  EXPECT_FALSE(peers.back()->has_input(300ms));
  EXPECT_LT(time_of(acceptor) - before, 50ms) << "what waits in the backlog is not looked at";
  for (auto& peer : peers) {
    peer->send("alice\nexit\n");
    EXPECT_EQ(peer->receive_rest(), "welcomehello, alice!\n");
    peer->end();
  }
}

TEST(Overload, AStandardErrorThatIsFullOrClosedStopsNothing) {
  const TemporaryFolder folder;
  for (const char* redirection : {"2>/dev/full", "2>&-"}) {
    Daemon::Setup setup;
    const std::string where = "unix:" + folder.path() + "/greet";
    setup.config = "[[listen]]\naddress = '" + where + "'\n[log]\ntarget = 'stderr'\n";
    setup.program = "/bin/sh";
    setup.arguments_before = {"-c", std::string(R"(exec "$0" "$@" )") + redirection,
                              binary("yodeld")};
    setup.wait_until_ready = false;
    Daemon daemon(setup);
    daemon.wait_for_notification("READY=1");
    for (int i = 0; i < 20; ++i)
      expect_service(where);
    daemon.reload(setup.config);
    expect_service(where);
    EXPECT_EQ(daemon.stop().status, 0) << redirection;
  }
}

}  // namespace
}  // namespace yodel::tests
