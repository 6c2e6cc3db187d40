// What the daemon writes about sessions, to standard error.

#include <array>
#include <csignal>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <unistd.h>
#include <vector>

#include "tests/integration/connection.hpp"
#include "tests/integration/daemon.hpp"
#include "tests/integration/load.hpp"
#include "tests/integration/processes.hpp"

namespace yodel::tests {
namespace {

TEST(SessionRecords, TellEverythingAboutASession) {
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
                                        "duration_usec=",
                                        "cpu_usec="};
  for (const auto& field : fields) {
    EXPECT_TRUE(holds(line, " " + field)) << field << " in " << line;
  }
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
  // One crash is nobody else's business.
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
  EXPECT_EQ(sessions_of(acceptor, sessions).size(), sessions);  // the welcome comes before the fork
  ::kill(-acceptor, SIGKILL);
  EXPECT_EQ(Connection(where).receive(7), "welcome");
  EXPECT_EQ(daemon.stop().status, 0);
  const auto lines = daemon.records(" crashed: session process ");
  EXPECT_EQ(lines.size(), sessions);
  for (const auto& line : lines)
    EXPECT_TRUE(holds(line, " close_reason=crashed")) << line;
}

TEST(SessionRecords, TellWhyTheConversationEnded) {
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
    EXPECT_EQ(peer.receive_rest(), "") << "told to end, a session closes in order";
  }
  daemon.wait_for_record(" close_reason=shutdown");
}

TEST(SessionRecords, AtDebugTellOfEachConnection) {
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

TEST(SessionRecords, GoOnWhenTheLogWriterDies) {
  Daemon daemon;
  const pid_t writer = child_of(daemon.program().pid(), "yodeld-log");
  ::kill(writer, SIGKILL);
  wait_until("the writer's end", [&] { return !is_running(writer); });
  Connection peer(daemon.address());
  peer.send("exit\n");
  peer.receive_rest();
  // Another is started within a second, and writes what has waited.
  daemon.wait_for_record("the log writer died");
  daemon.wait_for_record("closed: peer sent exit");
}

TEST(SessionRecords, ASlowReaderOfTheLogStopsNothing) {
  // Nobody reads this pipe: once it is full, the writer blocks.
  Daemon::Setup setup;
  setup.program = "/bin/sh";
  setup.arguments_before = {"-c", R"(exec "$0" "$@" 2>&3)", binary("yodeld")};
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe2(pipe.data(), O_CLOEXEC), 0);
  const posix::Descriptor reader(pipe[0]);
  const posix::Descriptor writer(pipe[1]);
  ASSERT_GT(::fcntl(writer.get(), F_SETPIPE_SZ, 4096), 0);
  setup.descriptors = {{writer.get(), 3}};
  setup.wait_until_ready = false;
  const TemporaryFolder folder;
  const std::string where = "unix:" + folder.path() + "/echo";
  setup.config = "[[listen]]\naddress = '" + where + "'\n[log]\nlevel = 'debug'\n";
  expect_that_it_does_not_wait_for_its_log(setup, where, 200);
}

}  // namespace
}  // namespace yodel::tests
