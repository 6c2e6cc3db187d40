// Where a connection comes from, where that is not left to the kernel.
#pragma once

#include <optional>
#include <string>
#include <tl/expected.hpp>

#include "protocol/endpoint.hpp"

namespace yodel::client {

struct Origin {
  std::optional<protocol::SocketAddress> address{};  // IPv4 or IPv6, port 0
  std::string device{};                              // the name of an interface; empty: any

  [[nodiscard]] bool is_chosen() const noexcept { return address || !device.empty(); }
};

// Reads an address in figures, IPv4 or IPv6, with a %zone where it is link-local. The error says
// what is wrong with it.
[[nodiscard]] tl::expected<protocol::SocketAddress, std::string> parse_source(
    const std::string& text);

// Binds a socket that is not connected yet: SO_BINDTODEVICE, socket(7), which needs no privilege
// since Linux 5.7, and bind(2), which leaves the port to connect(2). Returns an errno(3), 0 if
// well.
[[nodiscard]] int bind_to(int socket, const Origin& origin) noexcept;

// Tries that with a socket. Returns what this host lacks for it, and std::nullopt if it works.
[[nodiscard]] std::optional<std::string> obstacle(const Origin& origin);

}  // namespace yodel::client
