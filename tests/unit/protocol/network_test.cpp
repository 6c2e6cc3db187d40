// Networks: how they are written, and which peers are in them.

#include "protocol/network.hpp"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace yodel::protocol {
namespace {

Peer peer(std::string_view address) {
  const auto endpoint = parse_endpoint(address).value();
  return {.address = endpoint.address, .port = 40112, .family = endpoint.family};
}

// Returns what parse_network() expected in place of `text`.
std::string fault(std::string_view text) {
  const auto network = parse_network(text);
  return network ? "none: it is " + to_string(*network) : network.error();
}

bool is_in(std::string_view address, std::string_view network) {
  return contains(parse_network(network).value(), peer(address));
}

TEST(Network, IsReadAndWrittenAlike) {
  for (const std::string_view text :
       {"0.0.0.0/0", "192.0.2.0/24", "192.0.2.128/25", "192.0.2.1/32", "128.0.0.0/1", "::/0",
        "2001:db8::/32", "2001:db8::1/128", "fe80::/10"}) {
    const auto network = parse_network(text);
    ASSERT_TRUE(network) << text << ": " << network.error();
    EXPECT_EQ(to_string(*network), text);
    EXPECT_TRUE(is_valid(*network)) << text;
  }
}

TEST(Network, ASingleAddressNeedsNoPrefix) {
  EXPECT_EQ(to_string(parse_network("192.0.2.1").value()), "192.0.2.1/32");
  EXPECT_EQ(to_string(parse_network("2001:DB8:0::1").value()), "2001:db8::1/128");
}

TEST(Network, HostBitsAreAnErrorThatNamesBothPossibleMeanings) {
  EXPECT_EQ(fault("192.0.2.1/24"), R"("192.0.2.0/24", or "192.0.2.1/32" for that address alone)");
  EXPECT_EQ(fault("192.0.2.129/25"),
            R"("192.0.2.128/25", or "192.0.2.129/32" for that address alone)");
  EXPECT_EQ(fault("192.0.2.1/0"), R"("0.0.0.0/0", or "192.0.2.1/32" for that address alone)");
  EXPECT_EQ(fault("2001:db8::1/32"),
            R"("2001:db8::/32", or "2001:db8::1/128" for that address alone)");
}

TEST(Network, NeedsAPrefixInRange) {
  for (const std::string_view text :
       {"192.0.2.0/33", "192.0.2.0/", "192.0.2.0/-1", "192.0.2.0/+8", "192.0.2.0/024",
        "192.0.2.0/24 ", "192.0.2.0/24/8", "192.0.2.0/255.255.255.0", "192.0.2.0/4294967320"}) {
    EXPECT_EQ(fault(text), "a number from 0 to 32 after '/'") << text;
  }
  EXPECT_EQ(fault("2001:db8::/129"), "a number from 0 to 128 after '/'");
}

TEST(Network, NeedsAnIpAddress) {
  for (const std::string_view text :
       {"", "/24", "any", "localhost/8", "192.0.2/24", "192.0.2.0.0/24", " 192.0.2.0/24",
        "010.0.0.0/8", "2001:db8:/32", "unix:/run/yodel/echo", "unix:"}) {
    EXPECT_EQ(fault(text).rfind("a network or an address such as", 0), 0U) << text;
  }
  EXPECT_EQ(fault(std::string_view("192.0.2.0\0/24", 13)).rfind("a network", 0), 0U);
  EXPECT_NE(fault("fe80::1%eth0/64").find("without an interface"), std::string::npos);
}

TEST(Network, AMappedNetworkIsAnErrorThatNamesTheIpv4Network) {
  EXPECT_EQ(fault("::ffff:192.0.2.0/120"), R"("192.0.2.0/24", which is the same network in IPv4)");
  EXPECT_EQ(fault("::ffff:0:0/96"), R"("0.0.0.0/0", which is the same network in IPv4)");
  EXPECT_EQ(fault("::ffff:192.0.2.1"), R"("192.0.2.1/32", which is the same network in IPv4)");
}

TEST(Network, ContainsTheAddressesWithItsPrefix) {
  EXPECT_TRUE(is_in("192.0.2.0", "192.0.2.0/24"));
  EXPECT_TRUE(is_in("192.0.2.255", "192.0.2.0/24"));
  EXPECT_FALSE(is_in("192.0.3.0", "192.0.2.0/24"));
  EXPECT_FALSE(is_in("192.0.1.255", "192.0.2.0/24"));
  EXPECT_TRUE(is_in("192.0.2.1", "192.0.2.1"));
  EXPECT_FALSE(is_in("192.0.2.2", "192.0.2.1"));
  EXPECT_TRUE(is_in("203.0.113.9", "0.0.0.0/0"));
  EXPECT_TRUE(is_in("2001:db8:ffff::1", "2001:db8::/32"));
  EXPECT_FALSE(is_in("2001:db9::", "2001:db8::/32"));
  EXPECT_TRUE(is_in("2001:db8::1", "2001:db8::1"));
  EXPECT_FALSE(is_in("2001:db8::2", "2001:db8::1"));
}

TEST(Network, ContainsItsEdgesAtEveryPrefix) {
  const auto last = parse_endpoint("255.255.255.255")->address;
  for (unsigned prefix = 1; prefix <= 32; ++prefix) {
    const Network ones = parse_network("255.255.255.255/32").value();
    Network network{.prefix = static_cast<std::uint8_t>(prefix)};
    for (unsigned bit = 0; bit < prefix; ++bit)
      network.address[bit / 8] |= static_cast<std::uint8_t>(0x80U >> bit % 8);
    ASSERT_TRUE(is_valid(network)) << prefix;
    EXPECT_TRUE(contains(network, {.address = last, .family = Family::ipv4})) << prefix;
    // An address that differs in the last bit of the prefix is outside.
    auto outside = ones.address;
    outside[(prefix - 1) / 8] ^= static_cast<std::uint8_t>(0x80U >> (prefix - 1) % 8);
    EXPECT_FALSE(contains(network, {.address = outside, .family = Family::ipv4})) << prefix;
  }
}

TEST(Network, ContainsNoAddressOfTheOtherFamily) {
  EXPECT_FALSE(is_in("::", "0.0.0.0/0"));
  EXPECT_FALSE(is_in("192.0.2.1", "::/0"));
  EXPECT_FALSE(contains(parse_network("0.0.0.0/0").value(), Peer{}));  // a local peer
}

TEST(Network, AMappedPeerIsInItsIpv4Network) {
  Endpoint endpoint = parse_endpoint("::ffff:192.0.2.7").value();
  const Peer mapped = peer_from(to_socket_address(endpoint, 0));
  EXPECT_TRUE(contains(parse_network("192.0.2.0/24").value(), mapped));
  EXPECT_FALSE(contains(parse_network("::/0").value(), mapped));
}

TEST(Network, IgnoresTheInterfaceOfALinkLocalPeer) {
  Peer link_local = peer("fe80::1");
  link_local.zone = 3;
  EXPECT_TRUE(contains(parse_network("fe80::/10").value(), link_local));
}

TEST(Network, ValuesOutOfRangeAreRefused) {
  EXPECT_FALSE(is_valid({.prefix = 33, .family = Family::ipv4}));
  EXPECT_FALSE(is_valid({.prefix = 129, .family = Family::ipv6}));
  EXPECT_FALSE(is_valid({.prefix = 0, .family = Family::local}));
  EXPECT_FALSE(is_valid({.prefix = 0, .family = static_cast<Family>(3)}));
  EXPECT_FALSE(is_valid({.address = {192, 0, 2, 1}, .prefix = 24, .family = Family::ipv4}));
  EXPECT_FALSE(is_valid({.address = {1, 2, 3, 4, 5}, .prefix = 32, .family = Family::ipv4}));
}

TEST(Networks, AllowThePeersInThemAndEveryoneIfThereAreNone) {
  const std::vector<Network> networks{parse_network("192.0.2.0/24").value(),
                                      parse_network("198.51.100.7").value()};
  EXPECT_TRUE(is_allowed(networks, peer("192.0.2.9")));
  EXPECT_TRUE(is_allowed(networks, peer("198.51.100.7")));
  EXPECT_FALSE(is_allowed(networks, peer("198.51.100.8")));
  EXPECT_FALSE(is_allowed(networks, peer("2001:db8::1")));
  EXPECT_FALSE(is_allowed(networks, Peer{}));
  EXPECT_TRUE(is_allowed({}, peer("198.51.100.8")));
  EXPECT_TRUE(is_allowed({}, Peer{}));
}

}  // namespace
}  // namespace yodel::protocol
