#include <algorithm>
#include <arpa/inet.h>
#include <net/if.h>

#include "protocol/endpoint.hpp"

namespace yodel::protocol {
namespace {

using Parsed = tl::expected<Endpoint, std::string>;

constexpr std::string_view expected_address =
    R"(an IPv4 or IPv6 address such as "127.0.0.1" or "::", or "unix:/PATH")";
constexpr std::string_view expected_zone =
    R"(an interface after '%', such as "fe80::1%eth0": at most 15 bytes, without spaces, '/' or ':')";

constexpr std::size_t max_zone = IF_NAMESIZE - 1;
static_assert(max_zone == 15);

tl::unexpected<std::string> expected(std::string_view what) {
  return tl::unexpected(std::string(what));
}

// Looks for the control characters of ASCII, and for U+0080 to U+009F, which some terminals obey
// too.
bool has_control_character(std::string_view text) {
  char previous = ' ';
  return std::any_of(text.begin(), text.end(), [&](char c) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_high = previous == '\xc2' && byte < 0xa0;
    previous = c;
    return byte < 0x20 || byte == 0x7f || is_high;
  });
}

// Returns whether every component of the path is a name. Then a file has only one path, apart from
// links.
bool is_normalised(std::string_view path) {
  for (std::size_t start = 0; start < path.size();) {
    const std::size_t end = std::min(path.find('/', start + 1), path.size());
    const auto part = path.substr(start + 1, end - start - 1);
    if (part.empty() || part == "." || part == "..") return false;
    start = end;
  }
  return true;
}

Parsed parse_path(std::string_view path) {
  if (path.empty() || path.front() != '/') {
    return expected(R"(an absolute path after "unix:", such as "unix:/run/yodel/echo")");
  }
  if (path.size() > max_socket_path) {
    return expected("a path of at most " + std::to_string(max_socket_path) + " bytes");
  }
  if (has_control_character(path)) return expected("a path without control characters");
  if (!is_normalised(path)) {
    return expected(R"(the path of a file, without "//", "." or ".." and without a final '/')");
  }
  Endpoint endpoint;
  endpoint.family = Family::local;
  endpoint.path = path;
  return endpoint;
}

// Accepts the interface names that the kernel accepts, dev_valid_name() in net/core/dev.c, and no
// control characters.
bool is_zone(std::string_view zone) {
  return !zone.empty() && zone.size() <= max_zone && !has_control_character(zone) &&
         zone.find_first_of(" /:") == std::string_view::npos;
}

}  // namespace

Parsed parse_endpoint(std::string_view text) {
  if (text.starts_with(local_prefix)) return parse_path(text.substr(local_prefix.size()));

  // inet_pton() would stop at a NUL and accept the text before it.
  if (text.find('\0') != std::string_view::npos) return expected(expected_address);
  Endpoint endpoint;
  const auto percent = text.find('%');
  const std::string address(text.substr(0, percent));
  if (percent == std::string_view::npos &&
      inet_pton(AF_INET, address.c_str(), endpoint.address.data()) == 1) {
    return endpoint;
  }
  endpoint.family = Family::ipv6;
  if (inet_pton(AF_INET6, address.c_str(), endpoint.address.data()) != 1) {
    return expected(expected_address);
  }
  if (percent != std::string_view::npos) {
    endpoint.zone = text.substr(percent + 1);
    if (!is_zone(endpoint.zone)) return expected(expected_zone);
  }
  return endpoint;
}

}  // namespace yodel::protocol
