// The echo protocol, RFC 862, over every kind of socket.

#include <gtest/gtest.h>
#include <random>
#include <string>
#include <system_error>

#include "tests/integration/connection.hpp"
#include "tests/integration/daemon.hpp"

namespace yodel::tests {
namespace {

std::string random_bytes(std::size_t size) {
  std::mt19937 random(862);  // NOLINT: the same bytes each time
  std::string bytes(size, '\0');
  for (char& byte : bytes)
    byte = static_cast<char>(random());
  return bytes;
}

void expect_an_echo(const std::string& address) {
  Connection peer(address);
  const std::string bytes = random_bytes(1'000'000);
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
  try {
    Daemon daemon("[[listen]]\naddress = '::1'\nport = 0\nprotocol = 'echo'\n");
    expect_an_echo(daemon.address());
  } catch (const std::runtime_error& error) {
    if (std::string(error.what()).find("cannot listen at [::1]") == std::string::npos) throw;
    GTEST_SKIP() << "this host has no ::1";
  }
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

TEST(Echo, BulkDoesNotKeepASessionFromItsDeadline) {
  // The session reads without waiting as long as there is something to read.
  Daemon daemon("[[listen]]\nport = 0\nprotocol = 'echo'\n[limits]\nsession_timeout = '200ms'\n");
  Connection peer(daemon.address());
  const std::string block = random_bytes(1 << 20);
  try {
    for (;;)
      peer.send_and_take_in(block);
  } catch (const std::system_error&) {
    // The server has closed while we were still sending: that is what ends the loop.
  }
  daemon.wait_for_record("closed: session took too long");
}

}  // namespace
}  // namespace yodel::tests
