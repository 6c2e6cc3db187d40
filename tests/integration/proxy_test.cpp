// `proxy_from` of a [[listen]]: connections that proxies forward, each of which begins with a PROXY
// header. On a single host the proxies are 127.1.0.0/16, and everybody else is not.

#include <cerrno>
#include <csignal>
#include <gtest/gtest.h>
#include <string>
#include <system_error>
#include <vector>

#include "tests/integration/connection.hpp"
#include "tests/integration/daemon.hpp"
#include "tests/integration/probe_peer.hpp"
#include "tests/integration/processes.hpp"

namespace yodel::tests {
namespace {

const std::string proxy = "127.1.0.7:0";
const std::string stranger = "127.2.0.7:0";
const std::string behind = "[[listen]]\nport = 0\nproxy_from = ['127.1.0.0/16']\n";

std::string text_header(const std::string& client, int port = 40112) {
  return "PROXY TCP4 " + client + " 198.51.100.7 " + std::to_string(port) + " 9999\r\n";
}
// Of version 2: LOCAL, and the client 203.0.113.9:40112 with an extension.
const std::string local_header("\r\n\r\n\0\r\nQUIT\n\x20\0\0\0", 16);
const std::string binary_header(
    "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x10"
    "\xCB\0\x71\x09\xC6\x33\x64\x07\x9C\xB0\x27\x0F\x04\0\x01x",
    32);

// Returns a connection of a proxy, which has sent `bytes`.
Connection forwarded(const std::string& where, const std::string& bytes) {
  Connection connection(where, proxy);
  connection.send(bytes);
  return connection;
}

// Returns whether the connection is reset without a byte. If not, it must have had the welcome.
bool is_reset(Connection connection) {
  try {
    const auto answer = connection.receive_some();
    EXPECT_EQ(answer, "welcome");
    return false;
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code().value(), ECONNRESET) << error.what();
    return true;
  }
}

TEST(Proxy, ConnectionsAreTheirClients) {
  Daemon daemon(unprivileged(behind));
  const auto where = daemon.address();
  const auto acceptor = daemon.acceptor();
  auto peer = forwarded(where, text_header("203.0.113.9"));
  EXPECT_EQ(peer.receive(7), "welcome");
  const auto session = sessions_of(acceptor, 1).front();
  const std::string title = "yodeld: session 203.0.113.9:40112 greet";
  wait_until("the title " + title, [&] { return title_of(session) == title; });
  peer.send("alice\nexit\n");
  EXPECT_EQ(peer.receive_rest(), "hello, alice!\n");
  const auto record = daemon.wait_for_record("connection from 203.0.113.9:40112 via 127.1.0.7 ");
  EXPECT_TRUE(holds(record, " closed: peer sent exit, 1 message, 11 bytes in, 21 out, "))
      << "without the header: " << record;
  EXPECT_TRUE(holds(record, " peer_address=203.0.113.9 peer_port=40112 ")) << record;
  EXPECT_TRUE(holds(record, " proxy_address=127.1.0.7")) << record;
}

TEST(Proxy, HeadersOfBothVersionsAreRead) {
  Daemon daemon(unprivileged(behind));
  for (const auto& [header, client] :
       {std::pair{text_header("192.0.2.1", 1), "192.0.2.1:1"},
        std::pair{std::string("PROXY TCP6 2001:db8::9 ::1 2 9999\r\n"), "[2001:db8::9]:2"},
        std::pair{std::string("PROXY TCP6 ::ffff:192.0.2.3 ::1 3 9999\r\n"), "192.0.2.3:3"},
        std::pair{binary_header, "203.0.113.9:40112"}}) {
    auto peer = forwarded(daemon.address(), header + "bob\nexit\n");
    EXPECT_EQ(peer.receive_rest(), "welcomehello, bob!\n") << client;
    daemon.wait_for_record("connection from " + std::string(client) + " via 127.1.0.7 closed");
  }
}

// The client's bytes are those after the header, wherever TCP cuts them.
TEST(Proxy, BytesBehindTheHeaderAreTheSessions) {
  Daemon daemon(unprivileged(behind + "protocol = 'echo'\n"));
  const std::string bytes = "PROXY TCP4 \r\n\r\n" + std::string(1000, 'x') + "\r\n";
  for (const auto& header : {text_header("203.0.113.9"), binary_header, local_header}) {
    for (const std::size_t with_header : {0, 1, 2, 15, 400, 536, 1017}) {
      Connection peer(daemon.address(), proxy);
      peer.send(header + bytes.substr(0, with_header));
      peer.send(bytes.substr(with_header));
      peer.end();
      EXPECT_EQ(peer.receive_rest(), bytes) << with_header;
    }
  }
}

TEST(Proxy, StrangersAreResetAndRecorded) {
  Daemon daemon(unprivileged(behind));
  const auto where = daemon.address();
  Connection peer(where, stranger);
  peer.send(text_header("127.1.0.7"));
  const auto from = "127.2.0.7:" + std::to_string(peer.port());
  EXPECT_TRUE(is_reset(std::move(peer)));
  const auto record = daemon.wait_for_record("refused connections");
  EXPECT_TRUE(holds(record, "notice: refused connections at " + where +
                                ": address not in proxy_from, the last from " + from + " "))
      << record;
  EXPECT_TRUE(holds(record, " peer_address=127.2.0.7")) << record;
  EXPECT_FALSE(holds(record, "proxy_address")) << record;
  daemon.wait_for_notification(" 0 served, 1 refused");
  EXPECT_FALSE(is_reset(forwarded(where, text_header("203.0.113.9"))));
}

TEST(Proxy, BadHeadersAreResetAndRecorded) {
  Daemon daemon(unprivileged(behind));
  const auto where = daemon.address();
  const std::vector<std::string> bad{
      "alice\n",
      "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
      "PROXY TCP4 203.0.113.9 198.51.100.7 40112\r\n",
      "PROXY UNKNOWN " + std::string(100, 'x') + "\r\n",
      std::string(binary_header).replace(13, 1, "\x12"),      // datagrams
      std::string(binary_header).replace(14, 2, "\x02\x09"),  // 521 bytes, and 16 before them
      std::string(600, '\r')};
  for (const auto& header : bad)
    EXPECT_TRUE(is_reset(forwarded(where, header))) << header;
  const auto record = daemon.wait_for_record("bad PROXY header");
  EXPECT_TRUE(holds(record, "warning: refused connections at " + where +
                                ": bad PROXY header, the last from 127.1.0.7:"))
      << record;
  daemon.wait_for_notification(" 0 served, 7 refused");
  EXPECT_FALSE(is_reset(forwarded(where, text_header("203.0.113.9"))));
}

// The acceptor waits for nobody: the kernel does, for about a second.
TEST(Proxy, HeadersThatAreNotWholeInTimeAreResetAndRecorded) {
  Daemon daemon(unprivileged(behind));
  const auto where = daemon.address();
  Connection silent(where, proxy);
  for (const auto& header : {text_header("203.0.113.9"), binary_header}) {
    for (const std::size_t size : {1UL, 12UL, 15UL, header.size() - 1})
      EXPECT_TRUE(is_reset(forwarded(where, header.substr(0, size)))) << size;
  }
  const auto record = daemon.wait_for_record("no PROXY header came in time");
  EXPECT_TRUE(holds(record, "warning: refused connections at " + where)) << record;
  EXPECT_TRUE(is_reset(std::move(silent)));
  // A connection that ends before it has said anything.
  Connection(where, proxy).end();
  daemon.wait_for_notification(" 0 served, 10 refused");
}

TEST(Proxy, ClientsHaveTheLimitsAndNotTheProxy) {
  Daemon daemon(unprivileged(behind + "[limits]\nsessions_per_source = 1\n"));
  const auto where = daemon.address();
  auto first = forwarded(where, text_header("203.0.113.9", 1));
  auto other = forwarded(where, text_header("203.0.113.10", 1));
  EXPECT_EQ(first.receive(7), "welcome");
  EXPECT_EQ(other.receive(7), "welcome");
  EXPECT_EQ(forwarded(where, text_header("203.0.113.9", 2)).receive_rest(),
            "error: too many connections from your address\n");
  const auto record = daemon.wait_for_record("too many sessions from one source");
  EXPECT_TRUE(holds(record, "the last from 203.0.113.9:2 via 127.1.0.7 ")) << record;
  EXPECT_TRUE(holds(record, " proxy_address=127.1.0.7")) << record;
}

TEST(Proxy, AllowIsAboutTheClients) {
  Daemon daemon(unprivileged(behind + "allow = ['203.0.113.0/24', '2001:db8::/32']\n"));
  const auto where = daemon.address();
  EXPECT_FALSE(is_reset(forwarded(where, text_header("203.0.113.9"))));
  EXPECT_FALSE(is_reset(forwarded(where, "PROXY TCP6 2001:db8::9 ::1 2 9999\r\n")));
  EXPECT_TRUE(is_reset(forwarded(where, text_header("198.51.100.9"))));
  EXPECT_TRUE(is_reset(forwarded(where, text_header("127.1.0.7"))));
  const auto record = daemon.wait_for_record("address not in allow");
  EXPECT_TRUE(holds(record, " via 127.1.0.7 ")) << record;
  EXPECT_FALSE(is_reset(forwarded(where, local_header))) << "a health check is nobody's connection";
}

TEST(Proxy, HealthChecksAreServedAndQuiet) {
  Daemon daemon(unprivileged(behind));
  const auto where = daemon.address();
  // 0x21, '!', is PROXY, here with the family UNSPEC.
  const std::vector<std::string> checks{local_header, "PROXY UNKNOWN\r\n",
                                        std::string(local_header).replace(12, 1, 1, '!')};
  for (const auto& header : checks) {
    auto check = forwarded(where, header);
    EXPECT_EQ(check.receive(7), "welcome");
    check.end();
    EXPECT_EQ(check.receive_rest(), "");
  }
  EXPECT_FALSE(is_reset(forwarded(where, text_header("203.0.113.9"))));
  daemon.wait_for_notification(" 4 served");
  EXPECT_EQ(daemon.stop().status, 0);
  EXPECT_EQ(daemon.records("connection from 203.0.113.9:40112").size(), 1U);
  EXPECT_TRUE(daemon.records("health check").empty());
  EXPECT_TRUE(daemon.records("127.1.0.7:").empty());
}

TEST(Proxy, HealthChecksAreRecordedForDebugging) {
  Daemon daemon(unprivileged(behind + "[log]\nlevel = 'debug'\n"));
  EXPECT_FALSE(is_reset(forwarded(daemon.address(), local_header)));
  EXPECT_TRUE(holds(daemon.wait_for_record("accepted health check"), "from 127.1.0.7:"));
  const auto record = daemon.wait_for_record("health check from 127.1.0.7:");
  EXPECT_TRUE(holds(record, "debug: ")) << record;
  EXPECT_TRUE(holds(record, " proxy_address=127.1.0.7")) << record;
}

TEST(Proxy, AReloadAppliesToNewConnections) {
  Daemon daemon(unprivileged("[[listen]]\nport = 0\n"));
  const auto where = daemon.address();
  const auto acceptor = daemon.acceptor();
  Connection before(where, stranger);
  EXPECT_EQ(before.receive(7), "welcome");
  daemon.reload(behind);
  EXPECT_TRUE(is_reset(Connection(where, stranger)));
  EXPECT_FALSE(is_reset(forwarded(where, text_header("203.0.113.9"))));
  before.send("alice\n");
  EXPECT_EQ(before.receive(14), "hello, alice!\n") << "a session under way goes on";
  daemon.reload("[[listen]]\nport = 0\n");
  // The kernel no longer waits for a byte of the peer, and neither does the welcome.
  EXPECT_FALSE(is_reset(Connection(where, stranger)));
  EXPECT_EQ(daemon.acceptor(), acceptor) << "the acceptor has applied the new settings itself";
}

TEST(Proxy, IsNamedByProbe) {
  Daemon daemon(unprivileged(behind + "protocol = 'probe'\n"));
  ProbePeer peer(forwarded(daemon.address(), text_header("203.0.113.9")));
  EXPECT_EQ(peer.header()["peer"], "203.0.113.9:40112");
  EXPECT_EQ(peer.header()["proxy"], "127.1.0.7");
  EXPECT_EQ(peer.header()["local"], daemon.address());
  EXPECT_TRUE(peer.header().has("syn.ttl")) << "of the proxy's connection";
  const auto reply = peer.ask("1 info");
  EXPECT_TRUE(reply.has("rx")) << reply.text;
  ProbePeer check(forwarded(daemon.address(), local_header));
  EXPECT_TRUE(check.header()["peer"].starts_with("127.1.0.7:")) << check.header().text;
}

// A session whose acceptor is killed is recorded from the scoreboard.
TEST(Proxy, IsInTheRecordOfASessionWithoutItsAcceptor) {
  Daemon daemon(unprivileged(behind));
  auto peer = forwarded(daemon.address(), text_header("203.0.113.9"));
  EXPECT_EQ(peer.receive(7), "welcome");
  const auto acceptor = daemon.acceptor();
  kill_group(acceptor, sessions_of(acceptor, 1));
  const auto record = daemon.wait_for_record("connection from 203.0.113.9:40112 via 127.1.0.7 ");
  EXPECT_TRUE(holds(record, " proxy_address=127.1.0.7")) << record;
}

}  // namespace
}  // namespace yodel::tests
