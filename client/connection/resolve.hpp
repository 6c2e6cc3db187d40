// From the server's name to the addresses to try.
#pragma once

#include <cstdint>
#include <vector>

#include "client/connection/server_address.hpp"
#include "client/failure.hpp"
#include "posix/poll.hpp"
#include "protocol/endpoint.hpp"

namespace yodel::client {

using Addresses = std::vector<protocol::SocketAddress>;

// Which internet protocol to use.
enum class FamilyChoice : std::uint8_t { any, ipv4, ipv6 };

// The addresses of `server`, at least one, in the order in which to try them (RFC 6724). A name is
// looked up, getaddrinfo_a(3); that takes until `deadline` at the most. One that is not ASCII is
// looked up in the form that the DNS has for it. A Unix socket's address is its path. The failure
// names the host and the reason.
//
// RFC 8305, section 3, has the queries for IPv6 and IPv4 answered one by one, and connects to what
// came first. getaddrinfo asks for both together and gives the answers together, sorted: there is
// no "Resolution Delay" here, nor are addresses added while others are tried.
[[nodiscard]] Result<Addresses> resolve(const ServerAddress& server, FamilyChoice family,
                                        posix::Deadline deadline);

}  // namespace yodel::client
