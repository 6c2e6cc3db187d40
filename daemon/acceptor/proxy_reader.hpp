// Connections that proxies forward, before they have a process.
#pragma once

#include <cstddef>
#include <span>
#include <tl/expected.hpp>

#include "posix/unforked_memory.hpp"
#include "protocol/endpoint.hpp"
#include "protocol/event.hpp"
#include "protocol/network.hpp"

namespace yodel::acceptor {

// Finds out whose connection it is. The headers of proxies are the only bytes that an acceptor
// reads from a connection, and it reads those of trusted proxies alone. It keeps them in memory
// that sessions do not inherit.
class ProxyReader {
 public:
  // Throws std::system_error.
  ProxyReader();

  // Returns the client of the connection that `proxy` has begun, after its header has been read,
  // proxy_header.hpp; what follows the header is left for the session. Does not wait. If `proxy` is
  // in none of the networks `trusted`, or there is no header, returns why the connection must be
  // refused.
  [[nodiscard]] tl::expected<protocol::Peer, protocol::AcceptError> read(
      int connection, const protocol::Peer& proxy,
      std::span<const protocol::Network> trusted) noexcept;

 private:
  posix::UnforkedMemory memory_;
  std::span<std::byte> room_;
};

}  // namespace yodel::acceptor
