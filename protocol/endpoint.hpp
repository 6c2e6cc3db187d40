// Where a listener listens, and who is at the other end of a connection.
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

// A socket address as the kernel takes and gives it: bind(2), accept(2), getsockname(2).
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = sizeof(sockaddr_storage);

  [[nodiscard]] sockaddr* get() noexcept { return reinterpret_cast<sockaddr*>(&storage); }
  [[nodiscard]] const sockaddr* get() const noexcept {
    return reinterpret_cast<const sockaddr*>(&storage);
  }
};

// The address that a listener listens at.
struct Endpoint {
  Family family = Family::ipv4;
  AddressBytes address{};
  std::string zone;        // of a link-local IPv6 address (RFC 4007): an interface's name or number
  std::uint16_t port = 0;  // 0: any free one
  // Of a Unix socket, unix(7). An abstract one, which only systemd passes, has its NUL in front.
  std::string path;

  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

// The longest path that a Unix socket can have, unix(7): sun_path less its final NUL.
constexpr std::size_t max_socket_path = 107;
constexpr std::string_view local_prefix = "unix:";

// Reads an address as the file has it: an IPv4 or IPv6 address in figures, inet_pton(3), the latter
// with a %zone if need be, or "unix:" and an absolute path in one form alone, without "//", "." and
// ".."; the port is left 0. None holds a control character: addresses go into units and titles. The
// error says what was expected.
[[nodiscard]] tl::expected<Endpoint, std::string> parse_endpoint(std::string_view text);

// Returns the address without the port, as parse_endpoint reads it.
[[nodiscard]] std::string address_text(const Endpoint& endpoint);
// "127.0.0.1:9999", "[::1]:9999", "unix:/run/yodel/echo"; of an abstract Unix socket "unix:@name",
// with whatever bytes are in the name.
[[nodiscard]] std::string to_string(const Endpoint& endpoint);

[[nodiscard]] inline bool is_abstract(const Endpoint& endpoint) noexcept {
  return !endpoint.path.empty() && endpoint.path.front() == '\0';
}
// Returns whether it is all addresses of its family, "0.0.0.0" or "::".
[[nodiscard]] bool is_wildcard(const Endpoint& endpoint) noexcept;
// Returns whether only this host's own processes connect there: 127.0.0.0/8 or ::1.
[[nodiscard]] bool is_loopback(const Endpoint& endpoint) noexcept;
// Returns whether it means something on one link alone, and so needs its zone: fe80::/10, RFC 4291,
// 2.5.6.
[[nodiscard]] bool is_link_local(const Endpoint& endpoint) noexcept;
// Returns whether two sockets cannot listen at both, because of their ports and addresses. "::" and
// "0.0.0.0" do not overlap: an IPv6 listener takes no IPv4 connection.
[[nodiscard]] bool overlap(const Endpoint& a, const Endpoint& b) noexcept;

// Returns the IPv4 address that is mapped into `ipv6`, RFC 4291, 2.5.5.2; std::nullopt if none is.
[[nodiscard]] std::optional<AddressBytes> mapped_ipv4(const AddressBytes& ipv6) noexcept;

// For bind(2). `zone_index` is the index of the zone's interface; 0 where there is none.
[[nodiscard]] SocketAddress to_socket_address(const Endpoint& endpoint, std::uint32_t zone_index);
// From getsockname(2). The error names a family that is none of ours.
[[nodiscard]] tl::expected<Endpoint, std::string> endpoint_from(const SocketAddress& address);

// The other end of an accepted connection. Of fixed size, for it is part of the event record.
struct Peer {
  AddressBytes address{};
  std::uint32_t zone = 0;  // index of the interface, IPv6 link-local only
  std::uint32_t pid = 0;   // of a local peer: SO_PEERCRED, unix(7)
  std::uint32_t uid = 0;
  std::uint16_t port = 0;
  Family family = Family::local;

  // What the kernel says of a user, or of a process, that has no number in the namespace of this
  // process: user_namespaces(7), pid_namespaces(7). A user "nobody" looks the same. (Where somebody
  // has changed /proc/sys/kernel/overflowuid, which the service may not read, users look known.)
  static constexpr std::uint32_t unknown_uid = 65534;
  static constexpr std::uint32_t unknown_pid = 0;

  friend bool operator==(const Peer&, const Peer&) = default;
};

// From accept(2). An IPv4 address mapped into IPv6 (RFC 4291, 2.5.5.2) becomes IPv4; what is no
// internet address becomes a local peer whose pid and uid the caller fills in.
[[nodiscard]] Peer peer_from(const SocketAddress& address) noexcept;

// "127.0.0.1"; of a local peer "unix".
[[nodiscard]] std::string address_text(const Peer& peer);
// "127.0.0.1:60647", "[::1]:60647"; of a local peer "unix (pid 4711, uid 1000)", without what is
// not known.
[[nodiscard]] std::string to_string(const Peer& peer);
// The same, written into `room`, of which it gives the part: for those who must not allocate.
using PeerText = std::array<char, 80>;
[[nodiscard]] std::string_view write_text(const Peer& peer, PeerText& room) noexcept;

}  // namespace yodel::protocol
