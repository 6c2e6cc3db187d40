// The keys `allow` and `proxy_from` of [[listen]]: the networks that may connect.

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "config/load.hpp"
#include "protocol/launch.hpp"

namespace yodel::config {
namespace {

using Networks = std::vector<std::string>;

// Returns the networks of the file's first listener, as text: `allow` or `proxy_from`.
Networks networks_of(const std::string& text, std::vector<protocol::Network> Listen::*key) {
  const auto loaded = parse(text);
  if (!loaded) {
    ADD_FAILURE() << format("text", loaded.error().front());
    return {};
  }
  Networks networks;
  for (const auto& network : loaded->settings.listeners.front().*key)
    networks.push_back(to_string(network));
  return networks;
}
Networks allow_of(const std::string& text) {
  return networks_of(text, &Listen::allow);
}
Networks proxies_of(const std::string& text) {
  return networks_of(text, &Listen::proxy_from);
}

// Returns the errors, one line each.
std::string faults_of(const std::string& text) {
  const auto loaded = parse(text);
  std::string lines;
  if (!loaded) {
    for (const auto& fault : loaded.error())
      lines += format("f", fault) + "\n";
  }
  return lines;
}

TEST(Allow, IsEmptyByDefault) {
  EXPECT_EQ(allow_of(""), Networks{});
  EXPECT_EQ(allow_of("[[listen]]\nallow = []\n"), Networks{});
}

TEST(Allow, KeepsTheOrderOfNetworksAndAddresses) {
  EXPECT_EQ(allow_of("[[listen]]\naddress = '0.0.0.0'\nallow = ['192.0.2.0/24', '127.0.0.1']\n"),
            (Networks{"192.0.2.0/24", "127.0.0.1/32"}));
  EXPECT_EQ(allow_of("[[listen]]\nallow = [\n  '2001:db8::/32',  # ours\n  'fe80::/10',\n]\n"
                     "address = '::'\n"),
            (Networks{"2001:db8::/32", "fe80::/10"}));
}

TEST(Allow, MustBeAnArrayOfNetworks) {
  EXPECT_EQ(faults_of("[[listen]]\nallow = '192.0.2.0/24'\n"),
            "f:2:9: error: allow: expected an array of strings, got a string\n");
  EXPECT_EQ(faults_of("[[listen]]\nallow = ['192.0.2.0/24', 7,\n  [], 'any']\n"),
            "f:2:26: error: allow: expected only strings in the array, got a whole number\n"
            "f:3:3: error: allow: expected only strings in the array, got an array\n"
            "f:3:7: error: allow: expected a network or an address such as \"192.0.2.0/24\", "
            "\"2001:db8::/32\" or \"192.0.2.1\", got \"any\"\n");
}

TEST(Allow, SuggestsTheRightNetworkForAnInvalidOne) {
  EXPECT_EQ(faults_of("[[listen]]\nallow = ['192.0.2.1/24']\n"),
            "f:2:10: error: allow: expected \"192.0.2.0/24\", or \"192.0.2.1/32\" for that address "
            "alone, got \"192.0.2.1/24\"\n");
  EXPECT_EQ(
      faults_of("[[listen]]\nallow = ['192.0.2.0/33']\n"),
      "f:2:10: error: allow: expected a number from 0 to 32 after '/', got \"192.0.2.0/33\"\n");
  EXPECT_EQ(faults_of("[[listen]]\nallow = ['10.0.0.1', '10.0.0.1/32']\n"),
            "f:2:22: error: allow: expected each network only once, got \"10.0.0.1/32\"\n");
}

TEST(Allow, MustHaveTheFamilyOfTheAddressInAnyOrder) {
  EXPECT_EQ(faults_of("[[listen]]\nallow = ['::1']\n"),
            "f:2:10: error: allow: expected an IPv4 network, since the address is 127.0.0.1, got "
            "\"::1\"\n");
  EXPECT_EQ(faults_of("[[listen]]\nallow = ['192.0.2.0/24']\naddress = '::'\n"),
            "f:2:10: error: allow: expected an IPv6 network, since the address is ::, got "
            "\"192.0.2.0/24\"\n");
  // If the address is invalid, its family is not known.
  const auto faults = faults_of("[[listen]]\nallow = ['2001:db8::/32']\naddress = 'any'\n");
  EXPECT_EQ(faults.find("allow"), std::string::npos) << faults;
}

TEST(Allow, IsNotForUnixSockets) {
  EXPECT_EQ(
      faults_of("[[listen]]\naddress = 'unix:/run/yodel/echo'\nallow = []\n"),
      "f:3:1: error: allow: cannot be used with a unix: address, whose peers have no address; "
      "set the permissions of its folder\n");
}

TEST(Allow, IsBounded) {
  std::string networks;
  for (std::size_t i = 0; i < protocol::max_networks; ++i)
    networks += fmt::format("'10.{}.0.0/16',", i);
  EXPECT_EQ(allow_of("[[listen]]\nallow = [" + networks + "]\n").size(), protocol::max_networks);
  EXPECT_EQ(faults_of("[[listen]]\nallow = [" + networks + "'192.0.2.0/24']\n"),
            "f:2:9: error: allow: expected at most 64 networks, got 65\n");
}

TEST(ProxyFrom, HasNetworksAsAllowHas) {
  EXPECT_EQ(proxies_of(""), Networks{});
  EXPECT_EQ(proxies_of("[[listen]]\nproxy_from = ['192.0.2.0/24', '127.0.0.1']\n"),
            (Networks{"192.0.2.0/24", "127.0.0.1/32"}));
  EXPECT_EQ(faults_of("[[listen]]\nproxy_from = ['192.0.2.1/24', '::1', 'any']\n"),
            "f:2:15: error: proxy_from: expected \"192.0.2.0/24\", or \"192.0.2.1/32\" for that "
            "address alone, got \"192.0.2.1/24\"\n"
            "f:2:31: error: proxy_from: expected an IPv4 network, since the address is 127.0.0.1, "
            "got \"::1\"\n"
            "f:2:38: error: proxy_from: expected a network or an address such as "
            "\"192.0.2.0/24\", \"2001:db8::/32\" or \"192.0.2.1\", got \"any\"\n");
  std::string many = "[[listen]]\nproxy_from = [";
  for (std::size_t i = 0; i <= protocol::max_networks; ++i)
    many += fmt::format("'10.0.0.{}', ", i);
  EXPECT_NE(faults_of(many + "]\n").find("proxy_from: expected at most 64 networks"),
            std::string::npos);
  EXPECT_EQ(faults_of("[[listen]]\naddress = 'unix:/run/yodel/echo'\nproxy_from = []\n"),
            "f:3:1: error: proxy_from: cannot be used with a unix: address, whose peers have no "
            "address; set the permissions of its folder\n");
}

// A proxy at an IPv4 address may have IPv6 clients.
TEST(ProxyFrom, LetsAllowHaveBothFamilies) {
  EXPECT_EQ(allow_of("[[listen]]\nallow = ['2001:db8::/32', '203.0.113.0/24']\n"
                     "proxy_from = ['192.0.2.0/24']\n"),
            (Networks{"2001:db8::/32", "203.0.113.0/24"}));
}

}  // namespace
}  // namespace yodel::config
