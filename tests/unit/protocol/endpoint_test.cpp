#include "protocol/endpoint.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <gtest/gtest.h>
#include <limits>
#include <string>
#include <sys/un.h>

#include "protocol/launch.hpp"

namespace yodel::protocol {
namespace {

TEST(Endpoint, ReadsAndPrintsTheSame) {
  for (const std::string text :
       {"127.0.0.1", "0.0.0.0", "255.255.255.255", "::", "::1", "2001:db8::7", "fe80::1%eth0",
        "fe80::1%2", "unix:/run/yodel/echo"}) {
    const auto endpoint = parse_endpoint(text);
    ASSERT_TRUE(endpoint) << text << ": " << endpoint.error();
    EXPECT_EQ(address_text(*endpoint), text);
  }
}

TEST(Endpoint, ShowsThePort) {
  auto v4 = *parse_endpoint("127.0.0.1");
  v4.port = 9999;
  EXPECT_EQ(to_string(v4), "127.0.0.1:9999");
  auto v6 = *parse_endpoint("::1");
  v6.port = 7;
  EXPECT_EQ(to_string(v6), "[::1]:7");
  EXPECT_EQ(to_string(*parse_endpoint("unix:/a")), "unix:/a");
}

TEST(Endpoint, RefusesWhatIsNotAnAddress) {
  for (const std::string text : {"", "localhost", "127.0.0", "127.0.0.1.1", "256.0.0.1",
                                 "127.0.0.1 ", " ::1", "::1::", "[::1]", "127.0.0.1:9999",
                                 "127.0.0.1%lo", "fe80::1%", "unix:", "unix:relative", "/run/x"}) {
    EXPECT_FALSE(parse_endpoint(text)) << text;
  }
  EXPECT_FALSE(parse_endpoint(std::string("127.0.0.1\0", 10)));
  EXPECT_FALSE(parse_endpoint(std::string("unix:/a\0b", 9)));
}

// Addresses are written into units, where a line break would start another line, and into titles
// and logs.
TEST(Endpoint, ContainsNoControlCharacter) {
  for (const std::string control : {"\x01", "\t", "\n", "\r", "\x1b", "\x7f", "\u0080", "\u009f"}) {
    for (const std::string& text : {"unix:/a" + control, "unix:/" + control + "/b",
                                    "fe80::1%" + control, "fe80::1%lo" + control}) {
      EXPECT_FALSE(parse_endpoint(text)) << static_cast<int>(control.front()) << " in " << text;
    }
  }
  EXPECT_TRUE(parse_endpoint("unix:/\u00a0\u00fc\u20ac")) << "other characters of UTF-8";
}

TEST(Endpoint, APathIsNormalised) {
  for (const std::string text : {"unix:/", "unix://a", "unix:/a//b", "unix:/a/", "unix:/a/.",
                                 "unix:/./a", "unix:/a/../b", "unix:/.."}) {
    EXPECT_FALSE(parse_endpoint(text)) << text;
  }
  for (const std::string text : {"unix:/.a", "unix:/a../b", "unix:/a/...", "unix:/a b"}) {
    EXPECT_TRUE(parse_endpoint(text)) << text;
  }
}

TEST(Endpoint, AcceptsTheInterfaceNamesThatTheKernelAccepts) {
  EXPECT_TRUE(parse_endpoint("fe80::1%fifteen-letters"));
  for (const std::string zone : {"sixteen-letters-", "a b", "a/b", "a:b"}) {
    EXPECT_FALSE(parse_endpoint("fe80::1%" + zone)) << zone;
  }
}

Endpoint endpoint(const std::string& address, std::uint16_t port) {
  auto made = *parse_endpoint(address);
  made.port = port;
  return made;
}

TEST(Endpoint, OverlapsWithWhatItCannotBeBoundBeside) {
  const auto overlaps = [](const std::string& a, const std::string& b) {
    const bool result = overlap(endpoint(a, 7), endpoint(b, 7));
    EXPECT_EQ(result, overlap(endpoint(b, 7), endpoint(a, 7))) << a << " " << b;
    EXPECT_FALSE(overlap(endpoint(a, 7), endpoint(b, 8)));
    return result;
  };
  EXPECT_TRUE(overlaps("0.0.0.0", "127.0.0.1"));
  EXPECT_TRUE(overlaps("::", "fe80::1%eth0"));
  EXPECT_TRUE(overlaps("::1", "::1"));
  EXPECT_FALSE(overlaps("127.0.0.1", "127.0.0.2"));
  EXPECT_FALSE(overlaps("fe80::1%eth0", "fe80::1%eth1"));
  EXPECT_FALSE(overlaps("::", "0.0.0.0")) << "an IPv6 listener accepts no IPv4 connections";
  EXPECT_FALSE(overlaps("unix:/a", "unix:/a")) << "a Unix socket has no port";
}

TEST(Endpoint, ShowsAnAbstractSocketWithAnAtSign) {
  for (const std::string& name : {std::string("yodel"), std::string("a\0b", 3)}) {
    sockaddr_un un{};
    un.sun_family = AF_UNIX;
    name.copy(un.sun_path + 1, name.size());
    SocketAddress address;
    std::memcpy(&address.storage, &un, sizeof un);
    address.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
    const auto abstract = endpoint_from(address);
    ASSERT_TRUE(abstract);
    EXPECT_TRUE(is_abstract(*abstract));
    EXPECT_EQ(to_string(*abstract), "unix:@" + name);
    EXPECT_EQ(to_socket_address(*abstract, 0).size, address.size);
    EXPECT_EQ(*endpoint_from(to_socket_address(*abstract, 0)), *abstract);
  }
  EXPECT_FALSE(is_abstract(*parse_endpoint("unix:/a")));
}

TEST(Endpoint, LimitsTheLengthOfAPath) {
  const std::string longest = "/" + std::string(max_socket_path - 1, 'x');
  EXPECT_TRUE(parse_endpoint("unix:" + longest));
  EXPECT_FALSE(parse_endpoint("unix:" + longest + "x"));
}

TEST(Endpoint, SurvivesTheRoundTripThroughASocketAddress) {
  for (const std::string text : {"192.0.2.1", "2001:db8::7", "unix:/run/yodel/echo"}) {
    auto endpoint = *parse_endpoint(text);
    if (endpoint.family != Family::local) endpoint.port = 4711;
    const auto back = endpoint_from(to_socket_address(endpoint, 0));
    ASSERT_TRUE(back);
    EXPECT_EQ(*back, endpoint);
  }
}

TEST(Endpoint, KeepsAZoneAsItsIndex) {
  const auto endpoint = endpoint_from(to_socket_address(*parse_endpoint("fe80::1%eth0"), 3));
  ASSERT_TRUE(endpoint);
  EXPECT_EQ(address_text(*endpoint), "fe80::1%3");
}

TEST(Endpoint, RefusesAnotherFamily) {
  SocketAddress address;
  address.storage.ss_family = AF_NETLINK;
  EXPECT_FALSE(endpoint_from(address));
}

Peer peer(const std::string& address, std::uint16_t port, std::uint32_t zone = 0) {
  auto endpoint = *parse_endpoint(address);
  endpoint.port = port;
  return peer_from(to_socket_address(endpoint, zone));
}

TEST(Peer, IsShownWithItsPort) {
  EXPECT_EQ(to_string(peer("127.0.0.1", 60647)), "127.0.0.1:60647");
  EXPECT_EQ(to_string(peer("2001:db8::7", 1)), "[2001:db8::7]:1");
  EXPECT_EQ(to_string(peer("fe80::7", 1, 5)), "[fe80::7%5]:1");
}

TEST(Peer, MappedIpv4IsIpv4) {
  EXPECT_EQ(peer("::ffff:192.0.2.1", 80), peer("192.0.2.1", 80));
}

TEST(Peer, ALocalPeerIsShownByItsProcess) {
  Peer local = peer("unix:/x", 0);
  local.pid = 4711;
  local.uid = 1000;
  EXPECT_EQ(to_string(local), "unix (pid 4711, uid 1000)");
  local.uid = Peer::unknown_uid;
  EXPECT_EQ(to_string(local), "unix (pid 4711)");
  local.pid = Peer::unknown_pid;
  EXPECT_EQ(to_string(local), "unix");
  local.uid = 0;
  EXPECT_EQ(to_string(local), "unix (uid 0)");
  EXPECT_EQ(address_text(local), "unix");
}

TEST(Peer, IsWrittenWithoutAllocating) {
  const std::uint32_t largest = std::numeric_limits<std::uint32_t>::max();
  Peer local = peer("unix:/x", 0);
  local.pid = largest;
  local.uid = largest;
  const std::string all_ones = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff";
  for (const Peer& each :
       {peer("1.2.3.4", 1), peer("255.255.255.255", 65535), peer(all_ones, 65535, largest),
        // An IPv4-compatible address, RFC 4291, 2.5.5.1, which inet_ntop(3) writes with dots.
        peer("::255.255.255.255", 65535, largest), local}) {
    PeerText room{};
    const auto text = write_text(each, room);
    EXPECT_EQ(text, to_string(each));
    EXPECT_EQ(text.data(), room.data());
    EXPECT_LT(text.size(), room.size());
    EXPECT_TRUE(std::all_of(room.begin() + static_cast<std::ptrdiff_t>(text.size()), room.end(),
                            [](char c) { return c == '\0'; }));
  }
  PeerText room{};
  EXPECT_EQ(write_text(peer(all_ones, 65535, largest), room),
            "[" + all_ones + "%4294967295]:65535");
  EXPECT_EQ(write_text(local, room), "unix (pid 4294967295, uid 4294967295)");
}

TEST(Protocol, HasAName) {
  EXPECT_EQ(name(Protocol::greet), "greet");
  EXPECT_EQ(name(Protocol::echo), "echo");
}

}  // namespace
}  // namespace yodel::protocol
