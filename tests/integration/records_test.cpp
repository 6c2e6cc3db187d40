// The records of sessions, on standard error.

#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <memory>
#include <sstream>
#include <string>
#include <unistd.h>
#include <vector>

#include "tests/integration/client.hpp"
#include "tests/integration/connection.hpp"
#include "tests/integration/daemon.hpp"
#include "tests/integration/descriptors.hpp"
#include "tests/integration/load.hpp"
#include "tests/integration/processes.hpp"
#include "tests/integration/stuck_file.hpp"

namespace yodel::tests {
namespace {

using namespace std::chrono_literals;

TEST(SessionRecords, DescribeASession) {
  Daemon daemon;
  Connection peer(daemon.address());
  peer.receive(7);
  const auto pid = sessions_of(daemon.acceptor(), 1).front();
  peer.send("alice\nexit\n");
  peer.receive_rest();
  const auto line = daemon.wait_for_record("connection from ");
  const std::string from = "127.0.0.1:" + std::to_string(peer.port());
  EXPECT_TRUE(holds(line, "info: connection from " + from +
                              " closed: peer sent exit, 1 message, 11 bytes in, 21 out, "))
      << line;
  const std::vector<std::string> fields{"session=1-1",
                                        "listener=" + daemon.address(),
                                        "protocol=greet",
                                        "session_pid=" + std::to_string(pid),
                                        "peer_address=127.0.0.1",
                                        "peer_port=" + std::to_string(peer.port()),
                                        "bytes_in=11",
                                        "bytes_out=21",
                                        "messages=1",
                                        "close_reason=exit",
                                        "exit_status=0",
                                        "tcp_rtt_usec=",
                                        "tcp_min_rtt_usec=",
                                        "tcp_retransmits=",
                                        "tcp_mss=",
                                        "duration_usec=",
                                        "cpu_usec="};
  for (const auto& field : fields) {
    EXPECT_TRUE(holds(line, " " + field)) << field << " in " << line;
  }
}

TEST(SessionRecords, HaveTheKernelsFiguresAfterAReset) {
  Daemon daemon;
  {
    Connection peer(daemon.address());
    peer.receive(7);
    peer.reset();
  }
  const auto line = daemon.wait_for_record("peer reset the connection");
  EXPECT_TRUE(holds(line, " tcp_rtt_usec=")) << line;
  EXPECT_TRUE(holds(line, " tcp_mss=")) << line;
}

TEST(SessionRecords, HaveNoFiguresOfTcpOverAUnixSocket) {
  const TemporaryFolder folder;
  const std::string where = "unix:" + folder.path() + "/greet";
  Daemon daemon("[[listen]]\naddress = '" + where + "'\n");
  Connection peer(where);
  peer.send("exit\n");
  peer.receive_rest();
  const auto line = daemon.wait_for_record("connection from ");
  EXPECT_TRUE(holds(line, " bytes_out=7")) << line;
  EXPECT_FALSE(holds(line, "tcp_")) << line;
}

TEST(SessionRecords, OmitAnUnknownUser) {
  // In a user namespace that maps no user, all users look the same to the daemon.
  if (run({.path = "/usr/bin/unshare", .arguments = {"--user", "true"}}).exit.status != 0) {
    GTEST_SKIP() << "no user namespaces here";
  }
  const TemporaryFolder folder;
  const std::string where = "unix:" + folder.path() + "/greet";
  Daemon::Setup setup;
  setup.config = "[[listen]]\naddress = '" + where + "'\n";
  setup.program = "/usr/bin/unshare";
  setup.arguments_before = {"--user", binary("yodeld")};
  Daemon daemon(setup);
  Connection peer(where);
  peer.send("exit\n");
  peer.receive_rest();
  const auto line = daemon.wait_for_record("connection from ");
  const std::string pid = std::to_string(::getpid());
  EXPECT_TRUE(holds(line, "connection from unix (pid " + pid + ") closed: ")) << line;
  EXPECT_TRUE(holds(line, " peer_pid=" + pid)) << line;
  EXPECT_FALSE(holds(line, "peer_uid")) << line;
  EXPECT_FALSE(holds(line, "65534")) << line;
}

TEST(SessionRecords, AreWrittenWhenASessionIsKilled) {
  Daemon daemon;
  Connection peer(daemon.address());
  peer.receive(7);
  ::kill(sessions_of(daemon.acceptor(), 1).front(), SIGKILL);
  const auto line = daemon.wait_for_record("crashed: ");
  EXPECT_TRUE(holds(line, "warning: connection from 127.0.0.1:" + std::to_string(peer.port())))
      << line;
  EXPECT_TRUE(holds(line, "killed by signal 9 (SIGKILL)")) << line;
  EXPECT_TRUE(holds(line, " close_reason=crashed signal=9")) << line;
  // A crash does not affect other sessions.
  Connection other(daemon.address());
  EXPECT_EQ(other.receive(7), "welcome");
}

TEST(SessionRecords, AreWrittenForEachOfAGroupThatIsKilledAtOnce) {
  constexpr std::size_t sessions = 50;
  Daemon daemon;
  std::vector<std::unique_ptr<Connection>> peers;
  for (std::size_t i = 0; i < sessions; ++i) {
    peers.push_back(std::make_unique<Connection>(daemon.address()));
    peers.back()->receive(7);
  }
  const auto where = daemon.address();
  const auto acceptor = daemon.acceptor();
  kill_group(acceptor, sessions_of(acceptor, sessions));  // the welcome comes before the fork
  EXPECT_EQ(Connection(where).receive(7), "welcome");
  EXPECT_EQ(daemon.stop().status, 0);
  const auto lines = daemon.records(" crashed: session process ");
  EXPECT_EQ(lines.size(), sessions);
  for (const auto& line : lines)
    EXPECT_TRUE(holds(line, " close_reason=crashed")) << line;
}

TEST(SessionRecords, SayWhyTheConversationEnded) {
  Daemon daemon;
  {
    Connection peer(daemon.address());
    peer.receive(7);
    peer.end();
    peer.receive_rest();
  }
  daemon.wait_for_record(" close_reason=eof");
  {
    Connection peer(daemon.address());
    peer.receive(7);
    peer.reset();
  }
  daemon.wait_for_record("closed: peer reset the connection");
  {
    Connection peer(daemon.address());
    peer.receive(7);
    ::kill(sessions_of(daemon.acceptor(), 1).front(), SIGTERM);
    EXPECT_EQ(peer.receive_rest(), "") << "on SIGTERM a session closes in order";
  }
  daemon.wait_for_record(" close_reason=shutdown");
}

TEST(SessionRecords, AtDebugIncludeEachConnection) {
  Daemon daemon("[[listen]]\nport = 0\n[log]\nlevel = 'debug'\n");
  Connection peer(daemon.address());
  daemon.wait_for_record("debug: accepted connection from 127.0.0.1:" +
                         std::to_string(peer.port()));
}

TEST(SessionRecords, AtNoticeAreLeftOutUnlessASessionCrashed) {
  Daemon daemon("[[listen]]\nport = 0\n[log]\nlevel = 'debug'\n");
  const std::string where = daemon.address();
  daemon.reload("[[listen]]\nport = 0\n[log]\nlevel = 'notice'\n");
  const auto acceptor = daemon.acceptor();
  Connection quiet(where);
  quiet.receive(7);
  quiet.send("exit\n");
  quiet.receive_rest();
  sessions_of(acceptor, 0);
  Connection killed(where);
  killed.receive(7);
  ::kill(sessions_of(acceptor, 1).front(), SIGKILL);
  daemon.wait_for_record("crashed: ");
  EXPECT_TRUE(daemon.records(" closed: ").empty());
}

TEST(SessionRecords, EverySessionHasExactlyOne) {
  Daemon daemon;
  constexpr int sessions = 500;
  for (std::size_t i = 0; i < sessions; ++i) {
    Connection peer(daemon.address());
    peer.send("exit\n");
    EXPECT_EQ(peer.receive_rest(), "welcome");
  }
  EXPECT_EQ(daemon.stop().status, 0);
  EXPECT_EQ(daemon.records(" closed: peer sent exit").size(), std::size_t{sessions});
  EXPECT_EQ(daemon.records("connection from ").size(), std::size_t{sessions});
  EXPECT_EQ(daemon.records("stopped after 500 connections").size(), 1u);
}

TEST(SessionRecords, ContinueWhenTheLogWriterDies) {
  Daemon daemon;
  const pid_t writer = child_of(daemon.program().pid(), "yodeld-log");
  ::kill(writer, SIGKILL);
  wait_until("the writer's end", [&] { return !is_running(writer); });
  Connection peer(daemon.address());
  peer.send("exit\n");
  peer.receive_rest();
  // Another is started within a second and writes the queued records.
  daemon.wait_for_record("the log writer died");
  daemon.wait_for_record("closed: peer sent exit");
}

// A daemon whose standard error is `fd`.
Daemon::Setup logging_to(int fd) {
  Daemon::Setup setup;
  setup.program = "/bin/sh";
  setup.arguments_before = {"-c", R"(exec "$0" "$@" 2>&3 3>&-)", binary("yodeld")};
  setup.descriptors = {{fd, 3}};
  setup.wait_until_ready = false;
  return setup;
}

TEST(SessionRecords, AStuckReaderOfTheLogBlocksNothing) {
  // Nobody reads from this pipe: once it is full, the writer blocks.
  const auto [reader, writer] = make_pipe();
  ASSERT_GT(::fcntl(writer.get(), F_SETPIPE_SZ, 4096), 0);
  auto setup = logging_to(writer.get());
  const TemporaryFolder folder;
  const std::string where = "unix:" + folder.path() + "/echo";
  setup.config = "[[listen]]\naddress = '" + where + "'\n[log]\nlevel = 'debug'\n";
  expect_that_it_does_not_wait_for_its_log(setup, where, 200);
}

TEST(SessionRecords, AreCountedIfTheReaderIsStuckUntilTheStop) {
  auto [reader, writer] = make_pipe();
  const TemporaryFolder folder;
  // A long name makes records large, so that fewer sessions fill the 8 MiB of the queue.
  const std::string where = "unix:" + folder.path() + "/" + std::string(70, 'x');
  auto setup = logging_to(writer.get());
  setup.config = "[[listen]]\naddress = '" + where + "'\n[log]\nlevel = 'debug'\n";
  Daemon daemon(setup);
  writer.reset();
  daemon.wait_for_notification("READY=1");
  constexpr int sessions = 10'000;
  const auto load = run(
      bench(where, {"--new-connection", "-c", "4", "-n", std::to_string(sessions)}), long_patience);
  ASSERT_EQ(load.exit.status, 0) << load.errors;
  daemon.program().signal(SIGTERM);
  const std::string log = read_to_end(reader.get());
  EXPECT_EQ(daemon.program().wait().status, 0);
  // Every line but those with a count is a record: two for each session, "listening", "ready",
  // "stopping" and "stopped".
  std::uint64_t written = 0;
  std::uint64_t lost = 0;
  std::istringstream lines(log);
  for (std::string line; std::getline(lines, line);) {
    const auto count = line.find(" log records could not be written");
    if (count == std::string::npos) {
      ++written;
    } else {
      const auto number = line.rfind(' ', count - 1) + 1;
      lost += std::stoull(line.substr(number, count - number));
    }
  }
  EXPECT_GT(lost, 0u) << "the test needs losses";
  EXPECT_EQ(written + lost, 2u * sessions + 4);
  EXPECT_TRUE(holds(log, "stopped after " + std::to_string(sessions) + " connections"));
}

TEST(SessionRecords, DoNotDelayTheStopIfTheDiskIsDead) {
  if (!StuckFile::can_be_made()) GTEST_SKIP() << "only root may make a file that hangs";
  StuckFile file;
  auto setup = logging_to(file.descriptor());
  const TemporaryFolder folder;
  const std::string where = "unix:" + folder.path() + "/echo";
  setup.config = "[[listen]]\naddress = '" + where + "'\n";
  expect_that_it_does_not_wait_for_its_log(setup, where, 200);
  EXPECT_TRUE(file.has_writer());
}

}  // namespace
}  // namespace yodel::tests
