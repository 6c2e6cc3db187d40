// Makes listening sockets, and explains why one cannot be made.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "posix/descriptor.hpp"
#include "protocol/endpoint.hpp"

namespace yodel::manager {

// Returns a new socket that listens at the address of `listen`. Every user who can reach the folder
// of a Unix socket may connect to it. Throws StartError, with different statuses for an address in
// use or not of this host, and for a missing permission.
[[nodiscard]] posix::Descriptor listen_at(const config::Listen& listen);

// Returns a TCP socket bound to the address of `listen`, which does not listen yet. It is bound
// beside `others`, this process's sockets at overlapping addresses, to replace them later. Throws
// StartError.
[[nodiscard]] posix::Descriptor bind_beside(std::vector<int> others, const config::Listen& listen);
// Makes a socket of bind_beside() listen. The caller holds a SharedPort of it and of `others`
// meanwhile. Throws StartError.
void start_listening(int socket, const config::Listen& listen);

// Returns why this process cannot bind to the IPv4 or IPv6 address of `endpoint` at any port, and
// the remedy, or "" if it can.
[[nodiscard]] std::string why_no_address(const protocol::Endpoint& endpoint);

// Returns what keeps a Unix socket from being created at `path`, such as a file there or a missing
// folder, and the remedy. Returns "" if nothing is visible.
[[nodiscard]] std::string find_obstacle(const std::string& path);

// Returns the lowest port that needs no privilege: net.ipv4.ip_unprivileged_port_start, ip(7).
[[nodiscard]] std::uint32_t first_unprivileged_port();
// Returns the message that ports below `first` need a privilege, with the remedy.
[[nodiscard]] std::string low_port_text(std::uint32_t first);

}  // namespace yodel::manager
