// The echo protocol, RFC 862, over every kind of socket.

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <gtest/gtest.h>
#include <string>
#include <sys/types.h>
#include <system_error>

#include "tests/integration/connection.hpp"
#include "tests/integration/daemon.hpp"
#include "tests/integration/processes.hpp"
#include "tests/integration/sockets.hpp"

namespace yodel::tests {
namespace {

void expect_an_echo(const std::string& address) {
  Connection peer(address);
  const std::string bytes = bytes_of(1'000'000);
  peer.send_and_take_in(bytes);
  peer.end();
  EXPECT_TRUE(peer.receive_rest() == bytes) << "a half-closed megabyte comes back whole";
}

TEST(Echo, OverIpv4) {
  Daemon daemon("[[listen]]\nport = 0\nprotocol = 'echo'\n");
  expect_an_echo(daemon.address());
  daemon.wait_for_record("closed: peer closed its side, 1000000 bytes in, 1000000 out");
}

TEST(Echo, OverIpv6) {
  if (!has_ipv6()) GTEST_SKIP() << "this host has no ::1";
  Daemon daemon("[[listen]]\naddress = '::1'\nport = 0\nprotocol = 'echo'\n");
  expect_an_echo(daemon.address());
}

TEST(Echo, OverAUnixSocket) {
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/echo";
  Daemon daemon("[[listen]]\naddress = 'unix:" + path + "'\nprotocol = 'echo'\n");
  expect_an_echo("unix:" + path);
  daemon.wait_for_record("connection from unix (pid ");
}

TEST(Echo, OnManyListenersAtOnce) {
  const TemporaryFolder folder;
  Daemon daemon(
      "[[listen]]\nport = 0\nprotocol = 'echo'\n[[listen]]\nport = 0\n[[listen]]\naddress = "
      "'unix:" +
      folder.path() + "/echo'\nprotocol = 'echo'\n");
  Connection first(daemon.address(0));
  Connection second(daemon.address(1));
  Connection third(daemon.address(2));
  first.send("a\n");
  third.send("b\n");
  EXPECT_EQ(first.receive(2), "a\n");
  EXPECT_EQ(second.receive(7), "welcome");
  EXPECT_EQ(third.receive(2), "b\n");
}

bool has_a_pipe(pid_t pid) {
  const auto numbers = descriptors_of(pid);
  return std::any_of(numbers.begin(), numbers.end(), [pid](int number) {
    std::error_code gone;
    const std::string file = "/proc/" + std::to_string(pid) + "/fd/" + std::to_string(number);
    return std::filesystem::read_symlink(file, gone).string().starts_with("pipe:");
  });
}

// A peer whose session has made a large read and so echoes through a pipe, splice(2).
class Bulk {
 public:
  explicit Bulk(Daemon& daemon, const std::string& where) : peer_(where) {
    session_ = sessions_of(daemon.acceptor(), 1).front();
    wait_until("the session waiting", [&] { return title_of(session_).ends_with(" echo"); });
    const HeldProcess held(session_);
    const std::string block(48 << 10, 'x');
    peer_.send(block);
    held.resume();
    EXPECT_TRUE(peer_.receive(block.size()) == block);
    wait_until("the session with a pipe", [&] { return has_a_pipe(session_); });
  }
  Connection& peer() { return peer_; }

 private:
  Connection peer_;
  pid_t session_ = 0;
};

void expect_an_echo_in_bulk(Daemon& daemon, const std::string& where) {
  Bulk bulk(daemon, where);
  auto& peer = bulk.peer();
  const std::string bytes = bytes_of(20'000'000);
  peer.send_and_take_in(bytes);
  EXPECT_TRUE(peer.receive(bytes.size()) == bytes) << "every byte comes back through the pipe";
  peer.send("few");
  EXPECT_EQ(peer.receive(3), "few");
  peer.send_and_take_in(bytes);
  peer.end();
  EXPECT_TRUE(peer.receive_rest() == bytes) << "even those in flight at the half-close";
  daemon.wait_for_record("closed: peer closed its side, 40049155 bytes in, 40049155 out");
}

TEST(EchoInBulk, ComesBackWhole) {
  Daemon daemon("[[listen]]\nport = 0\nprotocol = 'echo'\n");
  expect_an_echo_in_bulk(daemon, daemon.address());
}

TEST(EchoInBulk, ComesBackWholeOverAUnixSocket) {
  const TemporaryFolder folder;
  const std::string path = "unix:" + folder.path() + "/echo";
  Daemon daemon("[[listen]]\naddress = '" + path + "'\nprotocol = 'echo'\n");
  expect_an_echo_in_bulk(daemon, path);
}

// Sends urgent bytes, RFC 9293, 3.8.5, among others that go through the pipe.
void expect_urgent_bytes_in_their_place(Connection& peer) {
  const std::string part = bytes_of(100'000);
  std::string whole = part + "12";
  whole += part;
  for (int i = 0; i < 20; ++i) {
    peer.send_and_take_in(part);
    if (!peer.send_urgent('1') || !peer.send_urgent('2')) {
      GTEST_SKIP() << "sockets of this kind have no urgent data here";
    }
    peer.send_and_take_in(part);
    ASSERT_TRUE(peer.receive(whole.size()) == whole) << i;
  }
  ASSERT_TRUE(peer.send_urgent('3'));
  peer.end();
  EXPECT_EQ(peer.receive_rest(), "3");
}

TEST(EchoInBulk, KeepsUrgentBytesInTheirPlace) {
  Daemon daemon("[[listen]]\nport = 0\nprotocol = 'echo'\n");
  Bulk bulk(daemon, daemon.address());
  expect_urgent_bytes_in_their_place(bulk.peer());
}

TEST(EchoInBulk, KeepsUrgentBytesInTheirPlaceOverAUnixSocket) {
  const TemporaryFolder folder;
  const std::string path = "unix:" + folder.path() + "/echo";
  Daemon daemon("[[listen]]\naddress = '" + path + "'\nprotocol = 'echo'\n");
  Bulk bulk(daemon, path);
  expect_urgent_bytes_in_their_place(bulk.peer());
}

TEST(EchoInBulk, EndsWithAResetAndNoSignal) {
  Daemon daemon("[[listen]]\nport = 0\nprotocol = 'echo'\n");
  constexpr int peers = 30;
  for (int i = 0; i < peers; ++i) {
    Bulk bulk(daemon, daemon.address());
    bulk.peer().send(std::string(static_cast<std::size_t>(i) << 15, 'x'));
    if (i % 2 == 0) bulk.peer().end();
    bulk.peer().reset();
    sessions_of(daemon.acceptor(), 0);
  }
  EXPECT_EQ(daemon.stop().status, 0);
  EXPECT_EQ(daemon.records(" exit_status=0").size(), static_cast<std::size_t>(peers));
}

TEST(EchoInBulk, IsIdleWhenNothingIsSent) {
  Daemon daemon("[[listen]]\nport = 0\nprotocol = 'echo'\n[limits]\nidle_timeout = '300ms'\n");
  Bulk bulk(daemon, daemon.address());
  EXPECT_EQ(bulk.peer().receive_rest(), "");
  bulk.peer().end();
  daemon.wait_for_record(" close_reason=idle-timeout");
}

TEST(EchoInBulk, IsIdleWhenNothingIsRead) {
  Daemon daemon("[[listen]]\nport = 0\nprotocol = 'echo'\n[limits]\nidle_timeout = '300ms'\n");
  Bulk bulk(daemon, daemon.address());
  // More than all buffers on the way hold, so the session can neither write nor read.
  const std::string block(1 << 20, 'x');
  try {
    for (;;)
      bulk.peer().send(block);
  } catch (const std::exception&) {
    // The session has gone.
  }
  daemon.wait_for_record(" close_reason=idle-timeout");
}

TEST(EchoInBulk, EndsAtAStop) {
  Daemon daemon("[[listen]]\nport = 0\nprotocol = 'echo'\n[shutdown]\ngrace = '0s'\n");
  Bulk bulk(daemon, daemon.address());
  ::kill(daemon.program().pid(), SIGTERM);
  EXPECT_EQ(bulk.peer().receive_rest(), "");
  bulk.peer().end();
  EXPECT_EQ(daemon.program().wait().status, 0);
  EXPECT_EQ(daemon.records(" close_reason=shutdown").size(), 1u);
}

TEST(EchoInBulk, EndsAtTheSessionTimeout) {
  // The session never waits as long as there is something to read.
  Daemon daemon("[[listen]]\nport = 0\nprotocol = 'echo'\n[limits]\nsession_timeout = '200ms'\n");
  Connection peer(daemon.address());
  const std::string block = bytes_of(1 << 20);
  try {
    for (;;)
      peer.send_and_take_in(block);
  } catch (const std::system_error&) {
    // The server has closed the connection, which ends the loop.
  }
  daemon.wait_for_record("closed: session took too long");
}

}  // namespace
}  // namespace yodel::tests
