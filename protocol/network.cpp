#include "protocol/network.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <optional>
#include <utility>

namespace yodel::protocol {
namespace {

using Parsed = tl::expected<Network, std::string>;

constexpr std::string_view expected_network =
    R"(a network or an address such as "192.0.2.0/24", "2001:db8::/32" or "192.0.2.1")";
constexpr unsigned mapped_prefix = 96;  // bits of ::ffff:0:0, RFC 4291, 2.5.5.2

unsigned max_prefix(Family family) noexcept {
  return family == Family::ipv4 ? 32 : 128;
}

// Returns the network with a prefix of `prefix` bits that contains `address`.
Network network_of(Family family, AddressBytes address, unsigned prefix) noexcept {
  for (unsigned i = 0; i < address.size(); ++i) {
    const unsigned bits = std::clamp<int>(static_cast<int>(prefix) - static_cast<int>(8 * i), 0, 8);
    address[i] &= static_cast<std::uint8_t>(0xff00U >> bits);
  }
  return {.address = address, .prefix = static_cast<std::uint8_t>(prefix), .family = family};
}

// Accepts digits only, and no leading zero, which some programs read as octal.
std::optional<unsigned> parse_prefix(std::string_view text, unsigned max) {
  unsigned prefix = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, prefix);
  if (error != std::errc() || rest != end || prefix > max) return std::nullopt;
  if (text.size() > 1 && text.front() == '0') return std::nullopt;
  return prefix;
}

std::string quoted(const Network& network) {
  return '"' + to_string(network) + '"';
}

tl::unexpected<std::string> expected(std::string text) {
  return tl::unexpected(std::move(text));
}

}  // namespace

Parsed parse_network(std::string_view text) {
  const auto slash = text.find('/');
  const auto endpoint = parse_endpoint(text.substr(0, slash));
  if (!endpoint || endpoint->family == Family::local)
    return expected(std::string(expected_network));
  if (!endpoint->zone.empty()) {
    return expected(
        "a network without an interface: \"fe80::/10\" has the link-local addresses of every link");
  }
  const auto family = endpoint->family;
  const unsigned max = max_prefix(family);
  const auto prefix =
      slash == std::string_view::npos ? max : parse_prefix(text.substr(slash + 1), max);
  if (!prefix) return expected("a number from 0 to " + std::to_string(max) + " after '/'");

  const auto ipv4 = family == Family::ipv6 ? mapped_ipv4(endpoint->address) : std::nullopt;
  if (ipv4 && *prefix >= mapped_prefix) {
    return expected(quoted(network_of(Family::ipv4, *ipv4, *prefix - mapped_prefix)) +
                    ", which is the same network in IPv4");
  }
  const auto network = network_of(family, endpoint->address, *prefix);
  if (network.address != endpoint->address) {
    return expected(quoted(network) + ", or " + quoted(network_of(family, endpoint->address, max)) +
                    " for that address alone");
  }
  return network;
}

std::string to_string(const Network& network) {
  Endpoint endpoint;
  endpoint.family = network.family;
  endpoint.address = network.address;
  return address_text(endpoint) + "/" + std::to_string(network.prefix);
}

bool is_valid(const Network& network) noexcept {
  return network.family < Family::local && network.prefix <= max_prefix(network.family) &&
         network_of(network.family, network.address, network.prefix) == network;
}

bool contains(const Network& network, const Peer& peer) noexcept {
  if (network.family != peer.family) return false;
  const std::size_t whole = network.prefix / 8;
  const unsigned rest = network.prefix % 8;
  const auto end = network.address.begin() + static_cast<std::ptrdiff_t>(whole);
  if (!std::equal(network.address.begin(), end, peer.address.begin())) return false;
  return rest == 0 || (network.address[whole] ^ peer.address[whole]) >> (8 - rest) == 0;
}

bool is_allowed(std::span<const Network> networks, const Peer& peer) noexcept {
  return networks.empty() || std::any_of(networks.begin(), networks.end(),
                                         [&](const auto& each) { return contains(each, peer); });
}

}  // namespace yodel::protocol
