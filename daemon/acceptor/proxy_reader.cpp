#include "acceptor/proxy_reader.hpp"

#include <sys/socket.h>
#include <sys/types.h>

#include "protocol/proxy_header.hpp"

namespace yodel::acceptor {

using protocol::AcceptError;
using protocol::max_proxy_header;

ProxyReader::ProxyReader()
    : memory_(max_proxy_header), room_(memory_.as<std::byte>(max_proxy_header)) {}

tl::expected<protocol::Peer, AcceptError> ProxyReader::read(
    int connection, const protocol::Peer& proxy,
    std::span<const protocol::Network> trusted) noexcept {
  if (!protocol::is_allowed(trusted, proxy)) return tl::unexpected(AcceptError::not_a_proxy);
  const ssize_t size = ::recv(connection, room_.data(), room_.size(), MSG_PEEK | MSG_DONTWAIT);
  // The kernel hands the connection over once something has arrived, TCP_DEFER_ACCEPT in tcp(7), so
  // there is nothing to wait for.
  if (size <= 0) return tl::unexpected(AcceptError::no_header);
  const auto header = protocol::parse_proxy_header(room_.first(static_cast<std::size_t>(size)));
  if (!header) {
    const bool is_incomplete = header.error() == protocol::ProxyFault::incomplete;
    return tl::unexpected(is_incomplete ? AcceptError::no_header : AcceptError::bad_header);
  }
  // Take the header alone out of the stream, without a copy: MSG_TRUNC in tcp(7).
  (void)::recv(connection, nullptr, header->size, MSG_TRUNC | MSG_DONTWAIT);
  protocol::Peer peer = header->client.value_or(proxy);
  peer.via = header->client ? protocol::Via::proxy : protocol::Via::health_check;
  peer.proxy = {.address = proxy.address, .zone = proxy.zone, .family = proxy.family};
  return peer;
}

}  // namespace yodel::acceptor
