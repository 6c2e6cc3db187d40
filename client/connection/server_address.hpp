// The server's address as a person writes it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace yodel::client {

constexpr std::string_view default_host = "127.0.0.1";

struct ServerAddress {
  std::string host;        // a name, or an IPv4 or IPv6 address, the latter with a %zone if need be
  std::uint16_t port = 0;  // 0: none was given
  // Of a Unix socket, unix(7), an abstract one with '@' for its NUL; not empty: host and port mean
  // nothing.
  std::string path;

  [[nodiscard]] bool is_local() const noexcept { return !path.empty(); }
  friend bool operator==(const ServerAddress&, const ServerAddress&) = default;
};

// Reads HOST, HOST:PORT, unix:PATH or unix:@NAME. A HOST that is an IPv6 address stands in brackets
// where a port follows (RFC 3986, 3.2.2), and may do so without. No name is looked up. The error
// says what was wrong and what was expected.
[[nodiscard]] tl::expected<ServerAddress, std::string> parse_server_address(std::string_view text);
// Reads HOST and PORT, two words. The error is one of `host` too, such as that it has a port.
[[nodiscard]] tl::expected<ServerAddress, std::string> parse_server_address(std::string_view host,
                                                                            std::string_view port);

}  // namespace yodel::client
