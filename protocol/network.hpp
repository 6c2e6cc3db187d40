// Networks of addresses, and who is in them: a prefix and its length, RFC 4632 and RFC 4291, 2.3.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "protocol/endpoint.hpp"

namespace yodel::protocol {

// Of fixed size, for it is part of the launch record.
struct Network {
  AddressBytes address{};   // the bits behind the prefix are 0
  std::uint8_t prefix = 0;  // bits: to 32, or to 128
  Family family = Family::ipv4;

  friend bool operator==(const Network&, const Network&) = default;
};

// Reads "192.0.2.0/24" or "2001:db8::/32"; without '/', one address. The error says what was
// expected: of an address that is not the first of its network, the one that is; of an IPv4 network
// that is mapped into IPv6, itself, since such a peer counts as IPv4 (Peer).
[[nodiscard]] tl::expected<Network, std::string> parse_network(std::string_view text);

// Returns it as parse_network() reads it, with its prefix also where that is one address.
[[nodiscard]] std::string to_string(const Network& network);

// Returns whether it is an IPv4 or IPv6 network whose values are in their ranges.
[[nodiscard]] bool is_valid(const Network& network) noexcept;

// Returns whether the peer's address is in `network`. The interface of a link-local one does not
// count; a local peer is in none.
[[nodiscard]] bool contains(const Network& network, const Peer& peer) noexcept;

// Returns whether `networks` admit the peer: none at all admit everybody. Walks through them: 0.4
// µs for 64, where a session's fork takes some 200.
[[nodiscard]] bool is_allowed(std::span<const Network> networks, const Peer& peer) noexcept;

}  // namespace yodel::protocol
