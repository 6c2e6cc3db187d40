// The header with which a proxy says whose connection it forwards: the PROXY protocol, versions 1
// and 2, https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <tl/expected.hpp>

#include "protocol/endpoint.hpp"

namespace yodel::protocol {

// The longest header that is read, in bytes: what every path carries in one segment, RFC 9293,
// 3.7.1. One of version 1 has at most 107, one of version 2 without extensions at most 52.
constexpr std::size_t max_proxy_header = 536;

struct ProxyHeader {
  std::size_t size = 0;  // bytes, at most max_proxy_header
  // The client of the proxy. None if the header names none: "UNKNOWN" of version 1, LOCAL and
  // UNSPEC of version 2. Then the proxy speaks for itself, to find out whether this server works.
  std::optional<Peer> client{};
};

// The reason why bytes are not a header.
enum class ProxyFault : std::uint8_t {
  incomplete,  // as far as they go, they may be one
  malformed,   // they are none, or name no TCP client
  too_long     // theirs is longer than max_proxy_header
};

// Reads a header from the start of `bytes`. Bytes after it are ignored, and so are the extensions
// of version 2 (TLVs). A client with an IPv4 address that is mapped into IPv6 becomes an IPv4 peer.
// Trusts nothing in `bytes`. Does not allocate.
[[nodiscard]] tl::expected<ProxyHeader, ProxyFault> parse_proxy_header(
    std::span<const std::byte> bytes) noexcept;

}  // namespace yodel::protocol
