// `allow` of a [[listen]]: the networks that may connect.

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "config/load.hpp"
#include "protocol/launch.hpp"

namespace yodel::config {
namespace {

// The networks of the file's first listener, as text.
std::vector<std::string> allow_of(const std::string& text) {
  const auto loaded = parse(text);
  if (!loaded) {
    ADD_FAILURE() << format("text", loaded.error().front());
    return {};
  }
  std::vector<std::string> networks;
  for (const auto& network : loaded->settings.listeners.front().allow)
    networks.push_back(to_string(network));
  return networks;
}

// What is wrong, a line each.
std::string faults_of(const std::string& text) {
  const auto loaded = parse(text);
  std::string lines;
  if (!loaded) {
    for (const auto& fault : loaded.error())
      lines += format("f", fault) + "\n";
  }
  return lines;
}

using Networks = std::vector<std::string>;

TEST(Allow, IsEmptyUnlessTheFileSaysOtherwise) {
  EXPECT_EQ(allow_of(""), Networks{});
  EXPECT_EQ(allow_of("[[listen]]\nallow = []\n"), Networks{});
}

TEST(Allow, HoldsNetworksAndAddressesInTheirOrder) {
  EXPECT_EQ(allow_of("[[listen]]\naddress = '0.0.0.0'\nallow = ['192.0.2.0/24', '127.0.0.1']\n"),
            (Networks{"192.0.2.0/24", "127.0.0.1/32"}));
  EXPECT_EQ(allow_of("[[listen]]\nallow = [\n  '2001:db8::/32',  # ours\n  'fe80::/10',\n]\n"
                     "address = '::'\n"),
            (Networks{"2001:db8::/32", "fe80::/10"}));
}

TEST(Allow, ThatIsNoListOfNetworksIsToldAtItsPlace) {
  EXPECT_EQ(faults_of("[[listen]]\nallow = '192.0.2.0/24'\n"),
            "f:2:9: error: allow is a string; expected an array of strings\n");
  EXPECT_EQ(faults_of("[[listen]]\nallow = ['192.0.2.0/24', 7,\n  [], 'any']\n"),
            "f:2:26: error: a whole number in the array allow; expected only strings\n"
            "f:3:3: error: an array in the array allow; expected only strings\n"
            "f:3:7: error: \"any\" in the array allow: expected a network or an address such as "
            "\"192.0.2.0/24\", \"2001:db8::/32\" or \"192.0.2.1\"\n");
}

TEST(Allow, WithAFaultyNetworkNamesTheRightOne) {
  EXPECT_EQ(faults_of("[[listen]]\nallow = ['192.0.2.1/24']\n"),
            "f:2:10: error: \"192.0.2.1/24\" in the array allow: expected \"192.0.2.0/24\", or "
            "\"192.0.2.1/32\" for that address alone\n");
  EXPECT_EQ(faults_of("[[listen]]\nallow = ['192.0.2.0/33']\n"),
            "f:2:10: error: \"192.0.2.0/33\" in the array allow: expected a number from 0 to 32 "
            "after '/'\n");
  EXPECT_EQ(faults_of("[[listen]]\nallow = ['10.0.0.1', '10.0.0.1/32']\n"),
            "f:2:22: error: \"10.0.0.1/32\" in the array allow: expected each network once\n");
}

TEST(Allow, OfTheOtherFamilyIsAnErrorWhereverTheAddressIsWritten) {
  EXPECT_EQ(faults_of("[[listen]]\nallow = ['::1']\n"),
            "f:2:10: error: \"::1\" in the array allow: expected an IPv4 network, for no other "
            "connection comes to 127.0.0.1\n");
  EXPECT_EQ(faults_of("[[listen]]\nallow = ['192.0.2.0/24']\naddress = '::'\n"),
            "f:2:10: error: \"192.0.2.0/24\" in the array allow: expected an IPv6 network, for no "
            "other connection comes to ::\n");
  // Whose address is at fault, of its family nothing is known.
  const auto faults = faults_of("[[listen]]\nallow = ['2001:db8::/32']\naddress = 'any'\n");
  EXPECT_EQ(faults.find("allow"), std::string::npos) << faults;
}

TEST(Allow, IsNotForUnixSockets) {
  EXPECT_EQ(faults_of("[[listen]]\naddress = 'unix:/run/yodel/echo'\nallow = []\n"),
            "f:3:1: error: allow beside a unix: address; expected none, for its peers have no "
            "address: the rights of its folder decide\n");
}

TEST(Allow, IsBounded) {
  std::string networks;
  for (std::size_t i = 0; i < protocol::max_networks; ++i)
    networks += fmt::format("'10.{}.0.0/16',", i);
  EXPECT_EQ(allow_of("[[listen]]\nallow = [" + networks + "]\n").size(), protocol::max_networks);
  EXPECT_EQ(faults_of("[[listen]]\nallow = [" + networks + "'192.0.2.0/24']\n"),
            "f:2:9: error: allow = an array of 65: expected at most 64 networks\n");
}

}  // namespace
}  // namespace yodel::config
