// `allow` of a [[listen]]: a peer that is in none of its networks is reset, without an error
// message. On a single host the networks are parts of 127.0.0.0/8.

#include <cerrno>
#include <csignal>
#include <gtest/gtest.h>
#include <optional>
#include <string>
#include <sys/socket.h>
#include <system_error>

#include "tests/integration/connection.hpp"
#include "tests/integration/daemon.hpp"
#include "tests/integration/processes.hpp"
#include "tests/integration/sockets.hpp"

namespace yodel::tests {
namespace {

const std::string in = "127.1.0.7:0";  // the sources of connections
const std::string out = "127.2.0.7:0";
const std::string network = "['127.1.0.0/16']";
const std::string other_network = "['127.2.0.0/16']";

std::string allowing(const std::string& networks, const std::string& more = "") {
  return "[[listen]]\nport = 0\nallow = " + networks + "\n" + more;
}

// Returns whether the daemon serves a peer from `from`. If not, it must reset the connection.
bool is_served(const std::string& where, const std::string& from, const std::string& first = "") {
  Connection peer(where, from);
  try {
    if (!first.empty()) peer.send(first);
    const auto answer = peer.receive_some();
    EXPECT_TRUE(answer.starts_with("welcome")) << "'" << answer << "' rather than a reset";
    return true;
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code().value(), ECONNRESET) << error.what();
    return false;
  }
}

TEST(Allow, ServesItsNetworksAndResetsAllOthers) {
  Daemon daemon(unprivileged(allowing(network)));
  const auto where = daemon.address();
  EXPECT_TRUE(is_served(where, in));
  EXPECT_FALSE(is_served(where, out));
  EXPECT_FALSE(is_served(where, "127.0.0.1:0")) << "this host's own address must be in one, too";
  EXPECT_TRUE(is_served(where, in));
}

TEST(Allow, ResetsAPeerThatHasSentSomething) {
  Daemon daemon(unprivileged(allowing(network)));
  const auto where = daemon.address();
  // A connect returns before the daemon accepts, so the bytes may or may not have arrived.
  for (const std::size_t size : {1, 4097, 60'000})
    EXPECT_FALSE(is_served(where, out, std::string(size, 'a'))) << size;
  EXPECT_TRUE(is_served(where, in));
}

TEST(Allow, WorksTheSameForAnEchoListener) {
  Daemon daemon(unprivileged(allowing(network, "protocol = 'echo'\n")));
  const auto where = daemon.address();
  EXPECT_FALSE(is_served(where, out));
  EXPECT_TRUE(is_served(where, in, "welcome"));
}

TEST(Allow, CountsAndRecordsRefusedPeers) {
  Daemon daemon(unprivileged(allowing(network, "[limits]\nsessions_per_source = 1\n")));
  const auto where = daemon.address();
  Connection first(where, out);
  EXPECT_THROW(first.receive_some(), std::system_error);
  const auto line = daemon.wait_for_record("refused connections");
  const auto from = "127.2.0.7:" + std::to_string(first.port());
  EXPECT_TRUE(holds(line, "notice: refused connections at " + where +
                              ": address not in allow, the last from " + from + " "))
      << line;
  EXPECT_FALSE(holds(line, "since the last such record")) << line;
  EXPECT_TRUE(holds(line, " peer_address=127.2.0.7")) << line;
  EXPECT_TRUE(holds(line, " count=1")) << line;
  for (int i = 0; i < 4; ++i)
    EXPECT_FALSE(is_served(where, out));
  daemon.wait_for_notification(" 0 served, 5 refused");
  // The limit per source is another reason: an allowed peer that exceeds it gets an error message.
  Connection admitted(where, in);
  EXPECT_EQ(admitted.receive(7), "welcome");
  EXPECT_EQ(Connection(where, in).receive_rest(),
            "error: too many connections from your address\n");
  const auto full = daemon.wait_for_record("too many sessions from one source");
  EXPECT_TRUE(holds(full, " peer_address=127.1.0.7")) << full;
  EXPECT_FALSE(holds(full, "since the last such record")) << full;
  daemon.wait_for_notification(" 1 served, 6 refused");
  // The daemon reports the rest of the count when it stops.
  EXPECT_EQ(daemon.stop().status, 0);
  daemon.wait_for_record("(4 since the last such record)");
}

TEST(Allow, AReloadAppliesToNewConnections) {
  Daemon daemon(unprivileged(allowing(network)));
  const auto where = daemon.address();
  const auto acceptor = daemon.acceptor();
  Connection before(where, in);
  EXPECT_EQ(before.receive(7), "welcome");
  daemon.reload(allowing(other_network));
  EXPECT_FALSE(is_served(where, in));
  EXPECT_TRUE(is_served(where, out));
  before.send("alice\n");
  EXPECT_EQ(before.receive(14), "hello, alice!\n") << "a session under way goes on";
  daemon.reload(allowing("[]"));
  EXPECT_TRUE(is_served(where, in));
  daemon.reload(allowing(network));
  EXPECT_FALSE(is_served(where, out));
  EXPECT_EQ(daemon.acceptor(), acceptor) << "the acceptor has applied the new settings itself";
}

TEST(Allow, AReloadToAnotherProtocolAppliesToo) {
  Daemon daemon(unprivileged(allowing(network)));
  const auto where = daemon.address();
  daemon.reload(allowing(other_network, "protocol = 'echo'\n"));
  EXPECT_FALSE(is_served(where, in));
  EXPECT_TRUE(is_served(where, out, "welcome"));
}

TEST(Allow, AnErrorKeepsThePreviousNetworks) {
  Daemon daemon(unprivileged(allowing(network)));
  const auto where = daemon.address();
  daemon.reload(allowing("['127.2.0.7/16']"));
  daemon.wait_for_record("expected \"127.2.0.0/16\"");
  EXPECT_TRUE(is_served(where, in));
  EXPECT_FALSE(is_served(where, out));
}

TEST(Allow, AppliesAfterARestartOnTheSameSocket) {
  DescriptorStore store;
  std::optional<Daemon> daemon;
  daemon.emplace(Daemon::Setup{.config = allowing(network), .store = &store});
  const auto where = daemon->address();
  EXPECT_FALSE(is_served(where, out));
  EXPECT_EQ(daemon->stop().status, 0);
  daemon.emplace(Daemon::Setup{
      .config = "[[listen]]\nport = " + port_of(where) + "\nallow = " + other_network + "\n",
      .store = &store});
  EXPECT_EQ(daemon->address(), where);
  EXPECT_FALSE(is_served(where, in));
  EXPECT_TRUE(is_served(where, out));
}

TEST(Allow, AppliesInTheAcceptorThatReplacesADeadOne) {
  Daemon daemon(unprivileged(allowing(network)));
  const auto where = daemon.address();
  const auto first = daemon.acceptor();
  ::kill(first, SIGKILL);
  daemon.acceptor(first);
  EXPECT_FALSE(is_served(where, out));
  EXPECT_TRUE(is_served(where, in));
}

TEST(Allow, SupportsIpv6) {
  if (!has_ipv6()) GTEST_SKIP() << "this host has no ::1";
  const std::string at = "[[listen]]\naddress = '::1'\nport = 0\nallow = ";
  Daemon daemon(unprivileged(at + "['2001:db8::/32', '::1']\n"));
  EXPECT_TRUE(is_served(daemon.address(), ""));
  daemon.reload(at + "['2001:db8::/32', '::2/127']\n");
  EXPECT_FALSE(is_served(daemon.address(), ""));
}

// As with a socket unit without BindIPv6Only=ipv6-only.
TEST(Allow, ADualStackSocketMatchesIpv4PeersByTheirIpv4Network) {
  if (!has_ipv6()) GTEST_SKIP() << "this host has no ::1";
  const auto socket = listen_at("[::]:0");
  Daemon daemon({.config = "[[listen]]\nname = 'both'\nallow = ['127.1.0.0/16']\n",
                 .passed = {{"both", socket.fd.get()}}});
  const auto port = port_of(socket.address);
  EXPECT_TRUE(is_served("127.0.0.1:" + port, in));
  EXPECT_FALSE(is_served("127.0.0.1:" + port, out));
  EXPECT_FALSE(is_served("[::1]:" + port, ""));
}

}  // namespace
}  // namespace yodel::tests
