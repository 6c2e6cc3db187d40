// A system that runs out of something: the listener stays open, waiting connections are served as
// soon as the shortage ends, nothing spins, and each kind of error is reported once, with a count.

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

// Returns the processor time that a process has used so far, proc(5).
std::chrono::milliseconds time_of(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  std::getline(file, line);
  std::istringstream fields(line.substr(line.rfind(')') + 2));
  const std::vector<std::string> all{std::istream_iterator<std::string>(fields), {}};
  const auto ticks = std::stol(all.at(11)) + std::stol(all.at(12));
  return std::chrono::milliseconds(ticks * 1000 / ::sysconf(_SC_CLK_TCK));
}

// Waits while the acceptor tries again many times.
void let_it_retry(Connection& waiting) {
  EXPECT_FALSE(waiting.has_input(700ms));
}

// Expects that the acceptor paused between its attempts: it ran for at most a tenth of the time.
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
  let_it_retry(first);
  expect_it_did_not_spin(acceptor, before);
  set_limit(acceptor, "nofile", files);
  for (Connection* peer : {&first, &second}) {
    peer->send("alice\nexit\n");
    EXPECT_EQ(peer->receive_rest(), "welcomehello, alice!\n");
  }
  EXPECT_EQ(daemon.acceptor(), acceptor);
  EXPECT_EQ(daemon.stop().status, 0);
  const auto records =
      daemon.records("cannot accept connections at " + where + ": Too many open files");
  ASSERT_EQ(records.size(), 2U) << "the first error at once, the others as a count at the end";
  EXPECT_FALSE(holds(records[0], "since the last")) << records[0];
}

TEST(Overload, WithoutProcessesAConnectionGetsItsWelcomeAndWaits) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can run the daemon as a user of its own";
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
  let_it_retry(second);
  expect_it_did_not_spin(acceptor, before);
  set_limit(acceptor, "nproc", processes);
  EXPECT_EQ(first.receive_rest(), "hello, alice!\n");
  second.send("exit\n");
  EXPECT_EQ(second.receive_rest(), "welcome");
  EXPECT_EQ(daemon.stop().status, 0);
  const auto records =
      daemon.records("cannot fork a session at " + where + ": Resource temporarily unavailable");
  ASSERT_FALSE(records.empty()) << daemon.program().errors();
  EXPECT_FALSE(holds(records[0], "since the last")) << records[0];
}

// A connection keeps the settings with which it was accepted.
TEST(Overload, AConnectionThatWaitsForAProcessKeepsItsSettingsOverReloads) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can run the daemon as a user of its own";
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

TEST(Overload, ConnectionsFarBeyondTheLimitAreAllServedInTurn) {
  Daemon daemon(unprivileged("[[listen]]\nport = 0\n[limits]\nsessions = 3\n"));
  std::vector<std::unique_ptr<Connection>> peers(60);
  for (auto& peer : peers)
    peer = std::make_unique<Connection>(daemon.address());
  const pid_t acceptor = daemon.acceptor();
  sessions_of(acceptor, 3);
  const auto before = time_of(acceptor);
  EXPECT_FALSE(peers.back()->has_input(300ms));
  EXPECT_LT(time_of(acceptor) - before, 50ms) << "waiting connections cost no processor time";
  for (auto& peer : peers) {
    peer->send("alice\nexit\n");
    EXPECT_EQ(peer->receive_rest(), "welcomehello, alice!\n");
    peer->end();
  }
}

TEST(Overload, AFullOrClosedStandardErrorStopsNothing) {
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
