// From an endpoint to a listening socket, and why that fails.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "posix/descriptor.hpp"
#include "protocol/endpoint.hpp"

namespace yodel::manager {

// Returns a new socket that listens as `listen` says. The file of a Unix socket is open to all who
// may reach its folder. Throws StartError, which tells an address in use, a missing right and an
// address that is not ours apart.
[[nodiscard]] posix::Descriptor listen_at(const config::Listen& listen);

// The same in two steps. The TCP socket is bound beside `others`, this process's own at overlapping
// addresses; it listens, with its SharedPort, once it is decided that it replaces them.
[[nodiscard]] posix::Descriptor bind_beside(std::vector<int> others, const config::Listen& listen);
void start_listening(int socket, const config::Listen& listen);

// Returns why this process cannot bind to the IPv4 or IPv6 address of `endpoint`, at any port, and
// the remedy; empty: it can.
[[nodiscard]] std::string why_no_address(const protocol::Endpoint& endpoint);

// Returns what is at or above `path` that keeps a Unix socket from being made there, and the
// remedy; empty: nothing that can be seen.
[[nodiscard]] std::string what_is_in_the_way(const std::string& path);

// Returns the least port that needs no right: net.ipv4.ip_unprivileged_port_start, ip(7).
[[nodiscard]] std::uint32_t first_unprivileged_port();
// Returns that ports below `first` need a right, and the remedy.
[[nodiscard]] std::string low_port_text(std::uint32_t first);

}  // namespace yodel::manager
