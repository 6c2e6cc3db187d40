// The server's address as people write it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace yodel::client {

constexpr std::string_view default_host = "127.0.0.1";

struct ServerAddress {
  std::string host;        // a name, an IPv4 address or an IPv6 address, which may have a %zone
  std::uint16_t port = 0;  // 0: none was given
  // The path of a Unix socket, unix(7), with '@' for the NUL of an abstract one. If it is not
  // empty, host and port mean nothing.
  std::string path;

  [[nodiscard]] bool is_local() const noexcept { return !path.empty(); }
  friend bool operator==(const ServerAddress&, const ServerAddress&) = default;
};

// Reads HOST, HOST:PORT, unix:PATH or unix:@NAME. An IPv6 address needs brackets if a port follows
// (RFC 3986, 3.2.2), and may have them otherwise. Looks no name up. The error says what is wrong
// and what was expected.
[[nodiscard]] tl::expected<ServerAddress, std::string> parse_server_address(std::string_view text);
// Reads HOST and PORT as two words. It is also an error if `host` already has a port.
[[nodiscard]] tl::expected<ServerAddress, std::string> parse_server_address(std::string_view host,
                                                                            std::string_view port);

}  // namespace yodel::client
