// Tests of the header of a probe listener, and of its keys in the file.

#include <arpa/inet.h>
#include <array>
#include <chrono>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <sys/socket.h>
#include <system_error>
#include <tuple>
#include <unistd.h>
#include <utility>
#include <vector>

#include "protocol/endpoint.hpp"
#include "tests/integration/daemon.hpp"
#include "tests/integration/probe_peer.hpp"
#include "tests/integration/processes.hpp"
#include "tests/integration/sockets.hpp"

namespace yodel::tests {
namespace {

using namespace std::chrono_literals;

std::string probe_file(const std::string& keys = "", const std::string& more = "") {
  return "[[listen]]\nprotocol = 'probe'\nport = 0\n" + keys + more;
}

// Returns an address of a socket as the header has it: its own, or that of its peer.
std::string address_by(int (*get)(int, sockaddr*, socklen_t*), int socket) {
  protocol::SocketAddress address;
  EXPECT_EQ(get(socket, address.get(), &address.size), 0);
  return to_string(endpoint_from(address).value());
}

std::string host_name() {
  std::array<char, 65> name{};
  EXPECT_EQ(::gethostname(name.data(), name.size() - 1), 0);
  return name.data();
}

TEST(ProbeHeader, NamesBothEndsAndTheSession) {
  std::vector<std::string> addresses{"127.0.0.1"};
  if (has_ipv6()) addresses.emplace_back("::1");
  for (const auto& address : addresses) {
    Daemon daemon(probe_file("address = '" + address + "'\n"));
    { ProbePeer another(daemon.address()); }
    ProbePeer peer(daemon.address());
    const auto header = peer.header();
    EXPECT_EQ(header.first, "probe/1");
    EXPECT_EQ(header["version"], YODEL_VERSION);
    EXPECT_EQ(header["host"], host_name());
    EXPECT_EQ(header["listener"], daemon.address());
    const int socket = peer.connection().descriptor();
    EXPECT_EQ(header["peer"], address_by(::getsockname, socket));
    EXPECT_EQ(header["local"], address_by(::getpeername, socket));
    EXPECT_EQ(header["idle_timeout"], "300s");
    EXPECT_EQ(header["keepalive"], "60s") << "the first half of peer_timeout passes without";
    EXPECT_EQ(header["session"], "1-2");
    peer.ask("1");
    EXPECT_EQ(peer.end(), "");
    const auto record = daemon.wait_for_record("session=" + header["session"] + " ");
    EXPECT_TRUE(holds(record, "peer_port=" + std::to_string(peer.connection().port()))) << record;
    EXPECT_TRUE(holds(record, "protocol=probe")) << record;
    EXPECT_TRUE(holds(record, ": peer closed its side, 1 message, 2 bytes in")) << record;
  }
}

TEST(ProbeHeader, HasWhatTheListenerSets) {
  Daemon daemon(probe_file("name = 'far.end-1'\nidle_timeout = '1500ms'\npeer_timeout = '8s'\n"));
  const auto header = ProbePeer(daemon.address()).header();
  EXPECT_EQ(header["host"], "far.end-1");
  EXPECT_EQ(header["idle_timeout"], "1500ms");
  EXPECT_EQ(header["keepalive"], "4s");
  daemon.reload(probe_file("idle_timeout = '0s'\npeer_timeout = '0s'\n"));
  const auto next = ProbePeer(daemon.address()).header();
  EXPECT_EQ(next["host"], host_name());
  EXPECT_FALSE(next.has("idle_timeout")) << next.text;
  EXPECT_FALSE(next.has("keepalive")) << next.text;
  EXPECT_EQ(next["session"], "1-2") << "the acceptor has gone on";
  EXPECT_EQ(next["listener"], header["listener"]);
}

// Connects with a SYN that `set` shapes.
ProbePeer connect_with(const std::string& where,
                       const std::vector<std::tuple<int, int, int>>& options) {
  const auto address = to_socket_address(endpoint_of(where), 0);
  posix::Descriptor socket(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  for (const auto& [level, option, value] : options)
    EXPECT_EQ(::setsockopt(socket.get(), level, option, &value, sizeof value), 0) << option;
  if (::connect(socket.get(), address.get(), address.size) < 0) {
    throw std::system_error(errno, std::generic_category(), "connect");
  }
  return ProbePeer(Connection(std::move(socket)));
}

TEST(ProbeHeader, TellsHowTheSynArrived) {
  constexpr int expedited_forwarding = 46 << 2;  // RFC 3246, in the bits of RFC 2474
  Daemon daemon(probe_file());
  const auto header = connect_with(daemon.address(), {{IPPROTO_IP, IP_TTL, 57},
                                                      {IPPROTO_IP, IP_TOS, expedited_forwarding},
                                                      {IPPROTO_TCP, TCP_MAXSEG, 1360}})
                          .header();
  EXPECT_EQ(header["syn.ttl"], "57");
  EXPECT_EQ(header["syn.dscp"], "46");
  EXPECT_EQ(header["syn.mss"], "1360");
  EXPECT_TRUE(header["syn.options"].starts_with("mss,")) << header.text;
  const auto plain = ProbePeer(daemon.address()).header();
  EXPECT_EQ(plain["syn.dscp"], "0");
  EXPECT_NE(plain["syn.mss"], "1360");
}

TEST(ProbeHeader, TellsHowTheSynArrivedOverIpv6) {
  if (!has_ipv6()) GTEST_SKIP() << "this host has no ::1";
  Daemon daemon(probe_file("address = '::1'\n"));
  const auto header = connect_with(daemon.address(), {{IPPROTO_IPV6, IPV6_UNICAST_HOPS, 9},
                                                      {IPPROTO_IPV6, IPV6_TCLASS, 10 << 2},
                                                      {IPPROTO_TCP, TCP_MAXSEG, 1220}})
                          .header();
  EXPECT_EQ(header["syn.ttl"], "9");
  EXPECT_EQ(header["syn.dscp"], "10");
  EXPECT_EQ(header["syn.mss"], "1220");
}

TEST(ProbeListener, HasItsOwnIdleTimeout) {
  Daemon daemon(probe_file("idle_timeout = '200ms'\n",
                           "[[listen]]\nprotocol = 'probe'\nport = 0\nidle_timeout = '1h'\n"
                           "[[listen]]\nport = 0\n"
                           "[limits]\nidle_timeout = '300ms'\n"));
  ProbePeer shorter(daemon.address(0));
  ProbePeer longer(daemon.address(1));
  Connection other(daemon.address(2));
  EXPECT_EQ(shorter.connection().receive_rest(), "");
  EXPECT_EQ(other.receive_rest(), "welcome");
  for (const std::string session : {"1-1", "3-1"}) {
    const auto record = daemon.wait_for_record(" session=" + session + " ");
    EXPECT_TRUE(holds(record, "close_reason=idle-timeout")) << record;
  }
  EXPECT_TRUE(longer.ask("1").has("tx")) << "it has outlived both";
}

TEST(ProbeListener, FollowsAReload) {
  Daemon daemon(probe_file());
  ProbePeer before(daemon.address());
  daemon.reload(probe_file("", "[probe]\nmax_size = 300\n"));
  ProbePeer after(daemon.address());
  EXPECT_EQ(after.ask("1 size=300").text.size(), 299u);
  EXPECT_TRUE(holds(after.ask("2 size=301")["error"], "300"));
  EXPECT_EQ(before.ask("1 size=16384").text.size(), 16383u) << "a session keeps its settings";
}

TEST(ProbeListener, TakesTheSocketOfAnotherProtocol) {
  Daemon daemon("[[listen]]\nport = 0\n");
  const auto where = daemon.address();
  const auto port = port_of(where);
  daemon.reload("[[listen]]\nprotocol = 'probe'\nport = " + port + "\n");
  {
    ProbePeer peer(where);
    EXPECT_TRUE(peer.header().has("syn.ttl")) << peer.header().text;
    EXPECT_EQ(peer.header()["session"], "2-1");
    EXPECT_TRUE(peer.ask("1").has("rx"));
  }
  daemon.reload("[[listen]]\nport = " + port + "\n");
  Connection peer(where);
  EXPECT_EQ(peer.receive(7), "welcome");
}

TEST(ProbeListener, ServesASocketThatSystemdPasses) {
  const auto socket = listen_anywhere();
  Daemon daemon(Daemon::Setup{
      .config = "[[listen]]\nprotocol = 'probe'\nport = " + port_of(socket.address) + "\n",
      .passed = {{"yodeld.socket", socket.fd.get()}}});
  ProbePeer peer(socket.address);
  EXPECT_TRUE(peer.header().has("syn.ttl")) << peer.header().text;
  EXPECT_TRUE(peer.ask("1").has("rx"));
}

TEST(ProbeListener, HasANewNumberInSessionsAfterItsAcceptorHasDied) {
  Daemon daemon(probe_file());
  EXPECT_EQ(ProbePeer(daemon.address()).header()["session"], "1-1");
  const auto acceptor = daemon.acceptor();
  ::kill(acceptor, SIGKILL);
  daemon.acceptor(acceptor);
  EXPECT_EQ(ProbePeer(daemon.address()).header()["session"], "2-1");
}

}  // namespace
}  // namespace yodel::tests
