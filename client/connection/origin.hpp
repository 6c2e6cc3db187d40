// The local address and interface of a connection, where the kernel is not left to choose them.
#pragma once

#include <optional>
#include <string>
#include <tl/expected.hpp>

#include "protocol/endpoint.hpp"

namespace yodel::client {

struct Origin {
  std::optional<protocol::SocketAddress> address{};  // IPv4 or IPv6, with port 0
  std::string device{};                              // the interface's name; empty: any

  [[nodiscard]] bool is_chosen() const noexcept { return address || !device.empty(); }
};

// Reads a numeric IPv4 or IPv6 address, with a %zone if it is link-local. The error says what is
// wrong with it.
[[nodiscard]] tl::expected<protocol::SocketAddress, std::string> parse_source(
    const std::string& text);

// Binds a socket that is not connected yet to the interface, with SO_BINDTODEVICE, which needs no
// privilege since Linux 5.7 (socket(7)), and to the address, with a bind(2) that leaves the port to
// connect(2). Returns an errno(3), 0 on success.
[[nodiscard]] int bind_to(int socket, const Origin& origin) noexcept;

// Tries bind_to() on a socket of its own. Returns why this host cannot do it, or std::nullopt if it
// can.
[[nodiscard]] std::optional<std::string> obstacle(const Origin& origin);

}  // namespace yodel::client
