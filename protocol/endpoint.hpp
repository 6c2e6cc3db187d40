// Addresses: where a listener listens, and who is at the other end of a connection.
#pragma once

#include <array>
#include <cstdint>
#include <netinet/in.h>
#include <optional>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <tl/expected.hpp>

namespace yodel::protocol {

enum class Family : std::uint8_t { ipv4, ipv6, local };

using AddressBytes = std::array<std::uint8_t, 16>;  // network order; IPv4 uses the first four

// A socket address as the kernel takes and returns it: bind(2), accept(2), getsockname(2).
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = sizeof(sockaddr_storage);

  [[nodiscard]] sockaddr* get() noexcept { return reinterpret_cast<sockaddr*>(&storage); }
  [[nodiscard]] const sockaddr* get() const noexcept {
    return reinterpret_cast<const sockaddr*>(&storage);
  }
};

// The address of a listener.
struct Endpoint {
  Family family = Family::ipv4;
  AddressBytes address{};
  std::string zone;        // of a link-local IPv6 address (RFC 4007): interface name or number
  std::uint16_t port = 0;  // 0: any free port
  // Of a Unix socket, unix(7). An abstract name, which only a socket that systemd passes has,
  // begins with its NUL.
  std::string path;

  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

// The longest path of a Unix socket, in bytes: sun_path without its final NUL, unix(7).
constexpr std::size_t max_socket_path = 107;
constexpr std::string_view local_prefix = "unix:";

// Parses an address as it is written in yodeld.toml: a numeric IPv4 or IPv6 address, inet_pton(3),
// the latter with an optional %zone, or "unix:" and a normalised absolute path, without "//", "."
// or "..". Leaves the port 0. Returns what was expected if `text` is not such an address, or
// contains a control character: addresses are written into units and process titles.
[[nodiscard]] tl::expected<Endpoint, std::string> parse_endpoint(std::string_view text);

// Returns the address without the port, in the form that parse_endpoint() reads.
[[nodiscard]] std::string address_text(const Endpoint& endpoint);
// Returns "127.0.0.1:9999", "[::1]:9999" or "unix:/run/yodel/echo"; for an abstract Unix socket
// "unix:@name", where the name may contain any bytes.
[[nodiscard]] std::string to_string(const Endpoint& endpoint);

// Returns whether this is a Unix socket with an abstract name, unix(7).
[[nodiscard]] inline bool is_abstract(const Endpoint& endpoint) noexcept {
  return !endpoint.path.empty() && endpoint.path.front() == '\0';
}
// Returns whether this is the wildcard address of its family, "0.0.0.0" or "::".
[[nodiscard]] bool is_wildcard(const Endpoint& endpoint) noexcept;
// Returns whether only processes of this host can connect to it: 127.0.0.0/8 or ::1.
[[nodiscard]] bool is_loopback(const Endpoint& endpoint) noexcept;
// Returns whether this is an address of a single link, which needs a zone: fe80::/10, RFC 4291,
// 2.5.6.
[[nodiscard]] bool is_link_local(const Endpoint& endpoint) noexcept;
// Returns whether the addresses and ports keep two sockets from listening at `a` and `b` at the
// same time. "::" and "0.0.0.0" do not overlap: an IPv6 listener accepts no IPv4 connections. Unix
// sockets never overlap.
[[nodiscard]] bool overlap(const Endpoint& a, const Endpoint& b) noexcept;

// Returns the IPv4 address that is mapped into `ipv6`, RFC 4291, 2.5.5.2, or std::nullopt if it is
// not a mapped address.
[[nodiscard]] std::optional<AddressBytes> mapped_ipv4(const AddressBytes& ipv6) noexcept;

// Returns the address for bind(2). `zone_index` is the index of the zone's interface, or 0 if the
// endpoint has no zone.
[[nodiscard]] SocketAddress to_socket_address(const Endpoint& endpoint, std::uint32_t zone_index);
// Returns the endpoint of an address that getsockname(2) returned, or what was expected if its
// family is not IPv4, IPv6 or Unix. A zone becomes the number of its interface.
[[nodiscard]] tl::expected<Endpoint, std::string> endpoint_from(const SocketAddress& address);

// The part of a proxy in a connection, proxy_header.hpp.
enum class Via : std::uint8_t {
  none,         // it comes from the peer itself
  proxy,        // a proxy forwards it for the peer
  health_check  // a proxy has begun it for itself: the peer is the proxy
};

// The address of a proxy.
struct ProxyAddress {
  AddressBytes address{};
  std::uint32_t zone = 0;  // interface index; IPv6 link-local only
  Family family = Family::local;
  friend bool operator==(const ProxyAddress&, const ProxyAddress&) = default;
};

// The other end of an accepted connection; of one that a proxy forwards, the proxy's client. Has a
// fixed size because event records contain it.
struct Peer {
  AddressBytes address{};
  std::uint32_t zone = 0;  // interface index; IPv6 link-local only
  std::uint32_t pid = 0;   // of a local peer: SO_PEERCRED, unix(7)
  std::uint32_t uid = 0;
  std::uint16_t port = 0;
  Family family = Family::local;
  Via via = Via::none;
  ProxyAddress proxy{};  // unless `via` is none

  // The numbers that the kernel reports for a user or a process that has none in this process's
  // namespace, user_namespaces(7), pid_namespaces(7). The user "nobody" cannot be told from an
  // unknown one. Where /proc/sys/kernel/overflowuid, which the service may not read, has been
  // changed, an unknown user looks like a known one.
  static constexpr std::uint32_t unknown_uid = 65534;
  static constexpr std::uint32_t unknown_pid = 0;

  friend bool operator==(const Peer&, const Peer&) = default;
};

// Returns the peer with an address that accept(2) returned. An IPv4 address that is mapped into
// IPv6 (RFC 4291, 2.5.5.2) becomes an IPv4 peer. Any other family becomes a local peer, whose pid
// and uid the caller fills in.
[[nodiscard]] Peer peer_from(const SocketAddress& address) noexcept;

// Return "127.0.0.1", "::1" or "fe80::1%2"; for a local peer "unix".
[[nodiscard]] std::string address_text(const Peer& peer);
[[nodiscard]] std::string address_text(const ProxyAddress& proxy);
// Returns "127.0.0.1:60647" or "[::1]:60647"; for a local peer "unix (pid 4711, uid 1000)", without
// the pid or the uid if it is unknown.
[[nodiscard]] std::string to_string(const Peer& peer);
// Write the text of to_string(peer), or of address_text(proxy), into `room` and return the part
// that it fills. Do not allocate.
using PeerText = std::array<char, 80>;
[[nodiscard]] std::string_view write_text(const ProxyAddress& proxy, PeerText& room) noexcept;
[[nodiscard]] std::string_view write_text(const Peer& peer, PeerText& room) noexcept;

}  // namespace yodel::protocol
