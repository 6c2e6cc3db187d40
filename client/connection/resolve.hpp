// Turns the server's name into the addresses to try.
#pragma once

#include <cstdint>
#include <vector>

#include "client/connection/server_address.hpp"
#include "client/failure.hpp"
#include "posix/poll.hpp"
#include "protocol/endpoint.hpp"

namespace yodel::client {

using Addresses = std::vector<protocol::SocketAddress>;

// The internet protocol to use.
enum class FamilyChoice : std::uint8_t { any, ipv4, ipv6 };

// Returns the addresses of `server`, at least one, in the order in which to try them (RFC 6724).
// Looks a name up with getaddrinfo_a(3), waiting until `deadline` at most, and a name that is not
// ASCII in its form for the DNS (IDNA). The address of a Unix socket is its path. A failure names
// the host and the reason.
//
// RFC 8305, section 3, lets a client connect to the first of the IPv6 and IPv4 answers while the
// other is still on its way. getaddrinfo(3) waits for both and returns them together, sorted, so
// there is no "Resolution Delay" here, and no address joins while others are tried.
[[nodiscard]] Result<Addresses> resolve(const ServerAddress& server, FamilyChoice family,
                                        posix::Deadline deadline);

}  // namespace yodel::client
