// Records in the journal's own protocol, received by a socket of the test in place of journald's.
// (The system tests check that journald accepts them.)

#include <array>
#include <gtest/gtest.h>
#include <string>
#include <sys/socket.h>

#include "posix/descriptor.hpp"
#include "posix/poll.hpp"
#include "protocol/endpoint.hpp"
#include "tests/integration/connection.hpp"
#include "tests/integration/daemon.hpp"
#include "tests/integration/load.hpp"

namespace yodel::tests {
namespace {

// Starts yodeld in a mount namespace in which /run has only the test's socket.
class Journal {
 public:
  Journal() {
    const auto endpoint = protocol::parse_endpoint("unix:" + folder_.path() + "/socket").value();
    const auto address = to_socket_address(endpoint, 0);
    socket_.reset(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(::bind(socket_.get(), address.get(), address.size), 0);
  }

  static bool can_be_faked() {
    return run({.path = "/usr/bin/unshare",
                .arguments = {"--user", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "t",
                              "/run"}})
               .exit.status == 0;
  }

  [[nodiscard]] Daemon::Setup setup(const std::string& config) const {
    const std::string script = R"(mount -t tmpfs t /run && mkdir -p /run/systemd/journal &&
      touch /run/systemd/journal/socket && mount --bind "$0" /run/systemd/journal/socket &&
      exec "$@")";
    Daemon::Setup setup;
    setup.config = config;
    setup.program = "/usr/bin/unshare";
    setup.arguments_before = {
        "--user", "--map-root-user",          "--mount",       "/bin/sh", "-c",
        script,   folder_.path() + "/socket", binary("yodeld")};
    setup.wait_until_ready = false;
    return setup;
  }

  // Returns the next record that contains `text`.
  std::string wait_for(const std::string& text) {
    const auto deadline = posix::Clock::now() + patience;
    for (;;) {
      pollfd fd{.fd = socket_.get(), .events = POLLIN, .revents = 0};
      if (posix::poll_until({&fd, 1}, deadline) != 1) throw std::runtime_error("no record " + text);
      std::array<char, 65536> buffer{};
      const ssize_t size = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
      std::string record(buffer.data(), static_cast<std::size_t>(size));
      if (record.find(text) != std::string::npos) return record;
    }
  }

 private:
  TemporaryFolder folder_;
  posix::Descriptor socket_;
};

TEST(JournalRecords, HaveEveryFieldOfASession) {
  if (!Journal::can_be_faked()) GTEST_SKIP() << "no user and mount namespaces here";
  const TemporaryFolder folder;
  const std::string where = "unix:" + folder.path() + "/greet";
  Journal journal;
  Daemon daemon(
      journal.setup("[[listen]]\naddress = '" + where + "'\n[log]\ntarget = 'journal'\n"));
  daemon.wait_for_notification("READY=1");
  journal.wait_for("MESSAGE=listening at " + where);
  Connection peer(where);
  peer.send("alice\nexit\n");
  EXPECT_EQ(peer.receive_rest(), "welcomehello, alice!\n");
  const auto record = journal.wait_for("YODEL_CLOSE_REASON=exit");
  for (const std::string field :
       {"PRIORITY=6\n", "MESSAGE_ID=", "MESSAGE=connection from unix (pid ", "YODEL_SESSION=1-1\n",
        "YODEL_PROTOCOL=greet\n", "YODEL_PEER_ADDRESS=unix\n", "YODEL_MESSAGES=1\n",
        "YODEL_BYTES_IN=11\n", "YODEL_BYTES_OUT=21\n", "YODEL_EXIT_STATUS=0\n",
        "YODEL_DURATION_USEC=", "YODEL_CPU_USEC=", "YODEL_SESSION_PID="}) {
    EXPECT_NE(record.find(field), std::string::npos) << field << " in\n" << record;
  }
  EXPECT_EQ(daemon.stop().status, 0);
  EXPECT_EQ(daemon.program().errors(), "") << "nothing on standard error";
}

TEST(JournalRecords, AreNotWaitedFor) {
  if (!Journal::can_be_faked()) GTEST_SKIP() << "no user and mount namespaces here";
  const TemporaryFolder folder;
  const std::string where = "unix:" + folder.path() + "/greet";
  Journal journal;  // never read, so it blocks its writers after a few hundred records
  const auto setup =
      journal.setup("[[listen]]\naddress = '" + where + "'\n[log]\ntarget = 'journal'\n");
  expect_that_it_does_not_wait_for_its_log(setup, where, 1000);
}

}  // namespace
}  // namespace yodel::tests
