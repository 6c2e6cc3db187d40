#include "protocol/endpoint.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <sys/un.h>

namespace yodel::protocol {
namespace {

using IpText = std::array<char, INET6_ADDRSTRLEN>;

std::string_view write_ip(Family family, const AddressBytes& bytes, IpText& room) noexcept {
  const int domain = family == Family::ipv6 ? AF_INET6 : AF_INET;
  return inet_ntop(domain, bytes.data(), room.data(), static_cast<socklen_t>(room.size()));
}

std::string ip_text(Family family, const AddressBytes& bytes) {
  IpText room{};
  return std::string(write_ip(family, bytes, room));
}

std::string with_port(Family family, const std::string& address, std::uint16_t port) {
  const std::string number = std::to_string(port);
  return family == Family::ipv6 ? "[" + address + "]:" + number : address + ":" + number;
}

// The length of an abstract name is the length that the kernel returns: the name may contain NULs,
// unix(7). A path ends at its first NUL.
std::string path_of(const sockaddr_un& un, socklen_t size) {
  const std::size_t length = size - std::min<std::size_t>(size, offsetof(sockaddr_un, sun_path));
  std::string path(un.sun_path, std::min(length, sizeof un.sun_path));
  if (!path.empty() && path.front() != '\0') path.resize(::strnlen(path.data(), path.size()));
  return path;
}

}  // namespace

std::optional<AddressBytes> mapped_ipv4(const AddressBytes& ipv6) noexcept {
  constexpr std::array<std::uint8_t, 12> prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (!std::equal(prefix.begin(), prefix.end(), ipv6.begin())) return std::nullopt;
  AddressBytes ipv4{};
  std::copy(ipv6.begin() + prefix.size(), ipv6.end(), ipv4.begin());
  return ipv4;
}

bool is_wildcard(const Endpoint& endpoint) noexcept {
  return endpoint.family != Family::local && endpoint.address == AddressBytes{};
}

bool is_loopback(const Endpoint& endpoint) noexcept {
  constexpr std::uint8_t ipv4_network = 127;
  constexpr AddressBytes ipv6_address{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  switch (endpoint.family) {
    case Family::ipv4: return endpoint.address[0] == ipv4_network;
    case Family::ipv6: return endpoint.address == ipv6_address;
    case Family::local: break;
  }
  return false;
}

bool is_link_local(const Endpoint& endpoint) noexcept {
  return endpoint.family == Family::ipv6 && endpoint.address[0] == 0xfe &&
         (endpoint.address[1] & 0xc0U) == 0x80;
}

bool overlap(const Endpoint& a, const Endpoint& b) noexcept {
  if (a.family != b.family || a.family == Family::local || a.port != b.port) return false;
  return is_wildcard(a) || is_wildcard(b) || (a.address == b.address && a.zone == b.zone);
}

std::string address_text(const Endpoint& endpoint) {
  if (endpoint.family == Family::local) {
    std::string text = std::string(local_prefix) + endpoint.path;
    if (is_abstract(endpoint)) text[local_prefix.size()] = '@';
    return text;
  }
  const std::string address = ip_text(endpoint.family, endpoint.address);
  return endpoint.zone.empty() ? address : address + "%" + endpoint.zone;
}

std::string to_string(const Endpoint& endpoint) {
  std::string address = address_text(endpoint);
  if (endpoint.family == Family::local) return address;
  return with_port(endpoint.family, address, endpoint.port);
}

SocketAddress to_socket_address(const Endpoint& endpoint, std::uint32_t zone_index) {
  SocketAddress result;
  switch (endpoint.family) {
    case Family::ipv4: {
      sockaddr_in in{};
      in.sin_family = AF_INET;
      in.sin_port = htons(endpoint.port);
      std::memcpy(&in.sin_addr, endpoint.address.data(), sizeof in.sin_addr);
      std::memcpy(&result.storage, &in, sizeof in);
      result.size = sizeof in;
      break;
    }
    case Family::ipv6: {
      sockaddr_in6 in{};
      in.sin6_family = AF_INET6;
      in.sin6_port = htons(endpoint.port);
      in.sin6_scope_id = zone_index;
      std::memcpy(&in.sin6_addr, endpoint.address.data(), sizeof in.sin6_addr);
      std::memcpy(&result.storage, &in, sizeof in);
      result.size = sizeof in;
      break;
    }
    case Family::local: {
      sockaddr_un un{};
      un.sun_family = AF_UNIX;
      endpoint.path.copy(un.sun_path, sizeof un.sun_path);
      std::memcpy(&result.storage, &un, sizeof un);
      // A path ends in a NUL, which the length includes. An abstract name has no terminator.
      const std::size_t terminator = is_abstract(endpoint) ? 0 : 1;
      result.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + endpoint.path.size() +
                                           terminator);
      break;
    }
  }
  return result;
}

tl::expected<Endpoint, std::string> endpoint_from(const SocketAddress& address) {
  Endpoint endpoint;
  switch (address.storage.ss_family) {
    case AF_INET: {
      sockaddr_in in{};
      std::memcpy(&in, &address.storage, sizeof in);
      std::memcpy(endpoint.address.data(), &in.sin_addr, sizeof in.sin_addr);
      endpoint.port = ntohs(in.sin_port);
      return endpoint;
    }
    case AF_INET6: {
      sockaddr_in6 in{};
      std::memcpy(&in, &address.storage, sizeof in);
      endpoint.family = Family::ipv6;
      std::memcpy(endpoint.address.data(), &in.sin6_addr, sizeof in.sin6_addr);
      endpoint.port = ntohs(in.sin6_port);
      if (in.sin6_scope_id != 0) endpoint.zone = std::to_string(in.sin6_scope_id);
      return endpoint;
    }
    case AF_UNIX: {
      sockaddr_un un{};
      std::memcpy(&un, &address.storage, sizeof un);
      endpoint.family = Family::local;
      endpoint.path = path_of(un, address.size);
      return endpoint;
    }
    default:
      return tl::unexpected("an IPv4, IPv6 or Unix socket, not one of address family " +
                            std::to_string(address.storage.ss_family));
  }
}

Peer peer_from(const SocketAddress& address) noexcept {
  Peer peer;
  if (address.storage.ss_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, &address.storage, sizeof in);
    peer.family = Family::ipv4;
    std::memcpy(peer.address.data(), &in.sin_addr, sizeof in.sin_addr);
    peer.port = ntohs(in.sin_port);
  } else if (address.storage.ss_family == AF_INET6) {
    sockaddr_in6 in{};
    std::memcpy(&in, &address.storage, sizeof in);
    std::memcpy(peer.address.data(), &in.sin6_addr, sizeof in.sin6_addr);
    peer.port = ntohs(in.sin6_port);
    if (const auto ipv4 = mapped_ipv4(peer.address)) {
      peer.family = Family::ipv4;
      peer.address = *ipv4;
    } else {
      peer.family = Family::ipv6;
      peer.zone = in.sin6_scope_id;
    }
  }
  return peer;
}

std::string address_text(const Peer& peer) {
  if (peer.family == Family::local) return "unix";
  return address_text(
      ProxyAddress{.address = peer.address, .zone = peer.zone, .family = peer.family});
}

std::string address_text(const ProxyAddress& proxy) {
  PeerText room{};
  return std::string(write_text(proxy, room));
}

std::string_view write_text(const ProxyAddress& proxy, PeerText& room) noexcept {
  IpText address{};
  char* end = std::ranges::copy(write_ip(proxy.family, proxy.address, address), room.data()).out;
  if (proxy.zone != 0) {
    *end++ = '%';
    end = std::to_chars(end, room.data() + room.size(), proxy.zone).ptr;
  }
  return {room.data(), static_cast<std::size_t>(end - room.data())};
}

std::string_view write_text(const Peer& peer, PeerText& room) noexcept {
  char* end = room.data();
  const auto put = [&](std::string_view text) { end = std::copy(text.begin(), text.end(), end); };
  const auto put_number = [&](std::uint32_t number) {
    end = std::to_chars(end, room.data() + room.size(), number).ptr;
  };
  if (peer.family == Family::local) {
    put("unix");
    const bool has_pid = peer.pid != Peer::unknown_pid;
    const bool has_uid = peer.uid != Peer::unknown_uid;
    if (has_pid) put(" (pid ");
    if (has_pid) put_number(peer.pid);
    if (has_uid) put(has_pid ? ", uid " : " (uid ");
    if (has_uid) put_number(peer.uid);
    if (has_pid || has_uid) put(")");
  } else {
    PeerText address{};
    if (peer.family == Family::ipv6) put("[");
    put(write_text(ProxyAddress{.address = peer.address, .zone = peer.zone, .family = peer.family},
                   address));
    put(peer.family == Family::ipv6 ? "]:" : ":");
    put_number(peer.port);
  }
  return {room.data(), static_cast<std::size_t>(end - room.data())};
}

std::string to_string(const Peer& peer) {
  PeerText room{};
  return std::string(write_text(peer, room));
}

}  // namespace yodel::protocol
