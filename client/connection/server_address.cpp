#include "client/connection/server_address.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <fmt/format.h>
#include <netinet/in.h>

#include "protocol/endpoint.hpp"
#include "text/credentials.hpp"
#include "text/quote.hpp"

namespace yodel::client {
namespace {

using Parsed = tl::expected<ServerAddress, std::string>;

tl::unexpected<std::string> expected(std::string_view problem) {
  return tl::make_unexpected(
      fmt::format("{}; expected HOST, HOST:PORT, [IPV6]:PORT or unix:PATH", problem));
}

bool is_ipv6(std::string_view host) {
  if (host.ends_with('%')) return false;
  const std::string address(host.substr(0, host.find('%')));
  std::array<std::uint8_t, sizeof(in6_addr)> bytes{};
  return inet_pton(AF_INET6, address.c_str(), bytes.data()) == 1;
}

// Returns whether `host` has characters that occur in no name and no address, but in URLs and after
// mistakes in quoting.
bool has_stray_characters(std::string_view host) {
  return std::any_of(host.begin(), host.end(), [](char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == '\x7f' ||
           std::string_view("/[]@,;'\"").find(c) != std::string_view::npos;
  });
}

Parsed with_port(std::string_view host, std::string_view port) {
  std::uint16_t number = 0;
  const auto* const end = port.data() + port.size();
  const auto [stop, error] = std::from_chars(port.data(), end, number);
  if (error != std::errc{} || stop != end || number == 0) {
    return tl::make_unexpected(
        fmt::format("{} is not a port; expected a number from 1 to 65535", text::excerpt(port)));
  }
  return ServerAddress{.host = std::string(host), .port = number, .path = {}};
}

// No host has a name of digits only, and getaddrinfo(3) would read 9999 as the address 0.0.39.15.
bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

Parsed parse_path(std::string_view path) {
  if (path.empty()) return expected("no path after 'unix:'");
  if (path == "@") return expected("no name after 'unix:@'");
  // The name of an abstract socket needs no NUL at its end, which leaves a byte more.
  const std::size_t max_size = protocol::max_socket_path + (path.front() == '@' ? 1 : 0);
  if (path.size() > max_size) {
    return tl::make_unexpected(fmt::format("the path of a Unix socket has at most {} bytes, not {}",
                                           max_size, path.size()));
  }
  return ServerAddress{.host = {}, .port = 0, .path = std::string(path)};
}

// `text` begins with a bracket.
Parsed parse_bracketed(std::string_view text) {
  const auto close = text.find(']');
  if (close == std::string_view::npos) return expected("the closing bracket is missing");
  const auto host = text.substr(1, close - 1);
  const auto rest = text.substr(close + 1);
  if (!is_ipv6(host)) return expected(text::excerpt(host) + " is not an IPv6 address");
  if (rest.empty()) return ServerAddress{.host = std::string(host), .port = 0, .path = {}};
  if (rest.front() != ':')
    return expected("unexpected " + text::excerpt(rest) + " after the bracket");
  return with_port(host, rest.substr(1));
}

}  // namespace

Parsed parse_server_address(std::string_view text) {
  if (text.starts_with(protocol::local_prefix)) {
    return parse_path(text.substr(protocol::local_prefix.size()));
  }
  // A URL may have a password before the @, which must not be shown.
  if (text.find('@') != std::string_view::npos) {
    return expected("unexpected user name before " +
                    text::excerpt(text::without_credentials(text)));
  }
  if (text.find("://") != std::string_view::npos) {
    return expected(text::excerpt(text) + " is a URL");
  }
  if (text.starts_with('[')) return parse_bracketed(text);

  const auto colon = text.find(':');
  if (colon != std::string_view::npos && text.find(':', colon + 1) != std::string_view::npos) {
    if (!is_ipv6(text)) return expected(text::excerpt(text) + " is not an IPv6 address");
    return ServerAddress{.host = std::string(text), .port = 0, .path = {}};
  }
  const auto host = text.substr(0, colon);
  if (host.empty()) return expected("no host");
  if (is_number(host)) {
    return tl::make_unexpected(
        fmt::format("{} is a number, not a host; a port follows its host, as in 127.0.0.1:9999",
                    text::excerpt(host)));
  }
  if (has_stray_characters(host)) return expected(text::excerpt(host) + " is not a host");
  if (colon != std::string_view::npos) return with_port(host, text.substr(colon + 1));
  return ServerAddress{.host = std::string(host), .port = 0, .path = {}};
}

Parsed parse_server_address(std::string_view host, std::string_view port) {
  auto server = parse_server_address(host);
  if (!server) return server;
  if (server->is_local()) {
    return tl::make_unexpected(fmt::format("{} is a Unix socket, which has no port: leave out {}",
                                           text::excerpt(host), text::excerpt(port)));
  }
  if (server->port != 0) {
    return tl::make_unexpected(fmt::format("{} already has a port: leave out {}",
                                           text::excerpt(host), text::excerpt(port)));
  }
  if (!port.empty() && !is_number(port)) {
    return tl::make_unexpected(fmt::format(
        "{} is not a port; expected HOST PORT, as in localhost 9999 (names are for 'yodel talk')",
        text::excerpt(port)));
  }
  return with_port(server->host, port);
}

}  // namespace yodel::client
