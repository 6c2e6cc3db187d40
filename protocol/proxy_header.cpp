#include "protocol/proxy_header.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <string_view>

namespace yodel::protocol {
namespace {

using Bytes = std::span<const std::byte>;
using Result = tl::expected<ProxyHeader, ProxyFault>;

// Section 2.1: "PROXY TCP4 192.0.2.1 198.51.100.7 40112 9999\r\n".
constexpr std::string_view text_signature = "PROXY ";
constexpr std::string_view text_end = "\r\n";
constexpr std::size_t max_text_header = 107;
// Section 2.2: this, one byte for version and command, one for family and transport, two for the
// length of the rest.
constexpr std::string_view binary_signature{"\r\n\r\n\0\r\nQUIT\n", 12};
constexpr std::size_t binary_start = binary_signature.size() + 4;

std::string_view text_of(Bytes bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool begins_like(std::string_view text, std::string_view signature) noexcept {
  return text.starts_with(signature.substr(0, text.size()));
}

unsigned number(std::byte byte) noexcept {
  return std::to_integer<unsigned>(byte);
}

// --- version 1 ---

// Removes and returns the first word of `text`, and the space after it.
std::string_view take_word(std::string_view& text) noexcept {
  const auto word = text.substr(0, text.find(' '));
  text.remove_prefix(std::min(word.size() + 1, text.size()));
  return word;
}

std::optional<AddressBytes> parse_ip(std::string_view text, Family family) noexcept {
  std::array<char, INET6_ADDRSTRLEN> room{};  // inet_pton(3) wants a NUL after it, and stops there
  if (text.size() >= room.size() || text.find('\0') != std::string_view::npos) return std::nullopt;
  text.copy(room.data(), text.size());
  AddressBytes address{};
  const int domain = family == Family::ipv6 ? AF_INET6 : AF_INET;
  if (::inet_pton(domain, room.data(), address.data()) != 1) return std::nullopt;
  return address;
}

std::optional<std::uint16_t> parse_port(std::string_view text) noexcept {
  std::uint16_t port = 0;
  const auto* const end = text.data() + text.size();
  const auto [last, error] = std::from_chars(text.data(), end, port);
  const bool has_zeros = text.size() > 1 && text.front() == '0';
  if (error != std::errc() || last != end || has_zeros) return std::nullopt;
  return port;
}

// An IPv4 address that is mapped into IPv6 counts as IPv4, as in peer_from().
Peer make_peer(Family family, const AddressBytes& address, std::uint16_t port) noexcept {
  Peer peer{.address = address, .port = port, .family = family};
  if (family != Family::ipv6) return peer;
  if (const auto ipv4 = mapped_ipv4(address)) {
    peer.family = Family::ipv4;
    peer.address = *ipv4;
  }
  return peer;
}

// Parses what follows "PROXY TCP4 " or "PROXY TCP6 ", without the end of the line.
std::optional<Peer> parse_client(std::string_view text, Family family) noexcept {
  const auto source = parse_ip(take_word(text), family);
  const auto destination = parse_ip(take_word(text), family);
  const auto source_port = parse_port(take_word(text));
  const auto destination_port = parse_port(text);
  if (!source || !destination || !source_port || !destination_port) return std::nullopt;
  return make_peer(family, *source, *source_port);
}

Result parse_text(std::string_view text) noexcept {
  const auto line = text.substr(0, max_text_header);
  const auto end = line.find(text_end);
  if (end == std::string_view::npos) {
    return tl::unexpected(line.size() < max_text_header ? ProxyFault::incomplete
                                                        : ProxyFault::malformed);
  }
  ProxyHeader header{.size = end + text_end.size()};
  auto rest = line.substr(text_signature.size(), end - text_signature.size());
  const auto kind = take_word(rest);
  if (kind == "UNKNOWN") return header;  // what follows is to be ignored
  if (kind == "TCP4") header.client = parse_client(rest, Family::ipv4);
  if (kind == "TCP6") header.client = parse_client(rest, Family::ipv6);
  if (!header.client) return tl::unexpected(ProxyFault::malformed);
  return header;
}

// --- version 2 ---

std::uint16_t big_endian(Bytes two) noexcept {
  return static_cast<std::uint16_t>(number(two[0]) << 8U | number(two[1]));
}

// Reads the client from the addresses of `family`: source, destination, and the ports of both.
std::optional<Peer> read_client(Bytes addresses, Family family) noexcept {
  const std::size_t size = family == Family::ipv6 ? 16 : 4;
  if (addresses.size() < 2 * (size + 2)) return std::nullopt;
  AddressBytes source{};
  std::transform(addresses.begin(), addresses.begin() + static_cast<std::ptrdiff_t>(size),
                 source.begin(), std::to_integer<std::uint8_t>);
  return make_peer(family, source, big_endian(addresses.subspan(2 * size, 2)));
}

// Parses a header of version 2, whose first binary_start bytes are there.
Result parse_binary(Bytes bytes) noexcept {
  constexpr unsigned local = 0x20;
  constexpr unsigned proxy = 0x21;
  const unsigned command = number(bytes[binary_signature.size()]);
  if (command != local && command != proxy) return tl::unexpected(ProxyFault::malformed);
  const std::size_t size = binary_start + big_endian(bytes.subspan(binary_start - 2, 2));
  if (size > max_proxy_header) return tl::unexpected(ProxyFault::too_long);
  if (size > bytes.size()) return tl::unexpected(ProxyFault::incomplete);
  ProxyHeader header{.size = size};
  if (command == local) return header;
  const auto addresses = bytes.first(size).subspan(binary_start);
  switch (number(bytes[binary_signature.size() + 1])) {
    case 0x00: return header;  // UNSPEC
    case 0x11: header.client = read_client(addresses, Family::ipv4); break;
    case 0x21: header.client = read_client(addresses, Family::ipv6); break;
    default: break;  // datagrams and Unix sockets have no TCP client
  }
  if (!header.client) return tl::unexpected(ProxyFault::malformed);
  return header;
}

}  // namespace

Result parse_proxy_header(Bytes bytes) noexcept {
  const auto text = text_of(bytes);
  if (text.starts_with(text_signature)) return parse_text(text);
  if (!begins_like(text, text_signature) && !begins_like(text, binary_signature)) {
    return tl::unexpected(ProxyFault::malformed);
  }
  if (bytes.size() < binary_start) return tl::unexpected(ProxyFault::incomplete);
  return parse_binary(bytes);
}

}  // namespace yodel::protocol
