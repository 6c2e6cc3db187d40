#include "protocol/saved_syn.hpp"

namespace yodel::protocol {
namespace {

using Bytes = std::span<const std::byte>;

constexpr std::uint8_t tcp_protocol = 6;

std::uint8_t number(std::byte byte) {
  return std::to_integer<std::uint8_t>(byte);
}

// The part of an IP header that the parser needs.
struct Packet {
  std::uint8_t ttl = 0;
  std::uint8_t traffic_class = 0;
  Bytes tcp;  // what follows the header
};

// RFC 791, 3.1.
std::optional<Packet> parse_ipv4(Bytes bytes) noexcept {
  constexpr std::size_t min_header = 20;
  if (bytes.size() < min_header) return std::nullopt;
  const std::size_t header = std::size_t{4} * (number(bytes[0]) & 0xfU);
  if (header < min_header || header > bytes.size()) return std::nullopt;
  if (number(bytes[9]) != tcp_protocol) return std::nullopt;
  return Packet{
      .ttl = number(bytes[8]), .traffic_class = number(bytes[1]), .tcp = bytes.subspan(header)};
}

// Returns the size of an extension header that begins with `bytes`, at least two, or 0 if `kind` is
// none that a SYN can have: IANA's "IPv6 Extension Header Types".
std::size_t extension_size(std::uint8_t kind, Bytes bytes) noexcept {
  const std::size_t length = number(bytes[1]);
  switch (kind) {
    case 0:    // hop-by-hop options
    case 43:   // routing
    case 60:   // destination options
    case 135:  // mobility
    case 139:  // host identity
    case 140:  // shim6
      return 8 * (length + 1);
    case 44: return 8;                 // fragment
    case 51: return 4 * (length + 2);  // authentication, RFC 4302, 2.2
    default: return 0;
  }
}

// RFC 8200, 3 and 4. Every extension header takes at least eight bytes, so the loop ends.
std::optional<Packet> parse_ipv6(Bytes bytes) noexcept {
  constexpr std::size_t header = 40;
  if (bytes.size() < header) return std::nullopt;
  std::uint8_t next = number(bytes[6]);
  Bytes rest = bytes.subspan(header);
  while (next != tcp_protocol) {
    if (rest.size() < 2) return std::nullopt;
    const std::size_t size = extension_size(next, rest);
    if (size == 0 || size > rest.size()) return std::nullopt;
    next = number(rest[0]);
    rest = rest.subspan(size);
  }
  const auto traffic_class = (number(bytes[0]) & 0xfU) << 4U | number(bytes[1]) >> 4U;
  return Packet{.ttl = number(bytes[7]),
                .traffic_class = static_cast<std::uint8_t>(traffic_class),
                .tcp = rest};
}

std::optional<Packet> parse_ip(Bytes bytes) noexcept {
  if (bytes.empty()) return std::nullopt;
  switch (number(bytes[0]) >> 4U) {
    case 4: return parse_ipv4(bytes);
    case 6: return parse_ipv6(bytes);
    default: return std::nullopt;
  }
}

// Returns the options of a TCP header, RFC 9293, 3.1.
std::optional<Bytes> options_of(Bytes tcp) noexcept {
  constexpr std::size_t fixed = 20;
  if (tcp.size() < fixed) return std::nullopt;
  const std::size_t header = std::size_t{4} * (number(tcp[12]) >> 4U);
  if (header < fixed || header > tcp.size()) return std::nullopt;
  return tcp.subspan(fixed, header - fixed);
}

// Returns the size of an option with its kind and length, or 0 if its RFC allows several.
std::size_t size_of(SynOptionKind kind) noexcept {
  switch (kind) {
    case SynOptionKind::mss: return 4;
    case SynOptionKind::window_scale: return 3;
    case SynOptionKind::sack: return 2;
    case SynOptionKind::timestamps: return 10;
    case SynOptionKind::mptcp:
    case SynOptionKind::fast_open: break;
  }
  return 0;
}

// `option` begins with its kind and its length, which is its size.
void add(SavedSyn& syn, Bytes option) noexcept {
  const auto kind = static_cast<SynOptionKind>(option[0]);
  const std::size_t expected = size_of(kind);
  SynOption added{.kind = kind, .well_formed = expected == 0 || expected == option.size()};
  if (added.well_formed && kind == SynOptionKind::window_scale) added.shift = number(option[2]);
  if (added.well_formed && kind == SynOptionKind::mss) {
    syn.mss = static_cast<std::uint16_t>(number(option[2]) << 8U | number(option[3]));
  }
  syn.option_room[syn.option_count++] = added;
}

// RFC 9293, 3.2. A header has room for 40 bytes of options, so option_room suffices.
void add_options(SavedSyn& syn, Bytes options) noexcept {
  constexpr std::byte end{0};
  constexpr std::byte padding{1};
  while (!options.empty() && options[0] != end) {
    std::size_t size = 1;
    if (options[0] != padding) {
      if (options.size() < 2) return;
      size = number(options[1]);
      if (size < 2 || size > options.size()) return;
      add(syn, options.first(size));
    }
    options = options.subspan(size);
  }
}

}  // namespace

std::optional<SavedSyn> parse_saved_syn(std::span<const std::byte> bytes) noexcept {
  const auto packet = parse_ip(bytes);
  if (!packet) return std::nullopt;
  const auto options = options_of(packet->tcp);
  if (!options) return std::nullopt;
  SavedSyn syn{.ttl = packet->ttl, .dscp = static_cast<std::uint8_t>(packet->traffic_class >> 2U)};
  add_options(syn, *options);
  return syn;
}

}  // namespace yodel::protocol
