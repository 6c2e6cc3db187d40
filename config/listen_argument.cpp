#include "config/listen_argument.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <optional>

#include "config/listeners.hpp"
#include "protocol/endpoint.hpp"
#include "protocol/protocol.hpp"
#include "text/counted.hpp"
#include "text/quote.hpp"

namespace yodel::config {
namespace {

using protocol::Family;

constexpr std::string_view digits = "0123456789";

tl::unexpected<std::string> refuse(std::string_view found, std::string_view expected) {
  return tl::unexpected(fmt::format("expected {}, got {}", expected, text::excerpt(found)));
}

std::string protocol_words() {
  std::vector<std::string> words;
  words.reserve(protocol::all_protocols.size());
  for (const auto protocol : protocol::all_protocols)
    words.emplace_back(name(protocol));
  return text::alternatives(words);
}

struct Parts {
  std::string_view address;
  std::optional<std::string_view> port{};
};

// Splits "127.0.0.1:7", "[::1]:7", "::1" and "unix:/x:7", in which the last ':' belongs to the
// path.
Parts split(std::string_view text) {
  if (text.starts_with(protocol::local_prefix)) return {.address = text};
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return {.address = text};
    const auto rest = text.substr(end + 1);
    const auto address = text.substr(1, end - 1);
    if (rest.empty()) return {.address = address};
    return rest.front() == ':' ? Parts{.address = address, .port = rest.substr(1)}
                               : Parts{.address = text};
  }
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || text.find(':', colon + 1) != std::string_view::npos) {
    return {.address = text};
  }
  return {.address = text.substr(0, colon), .port = text.substr(colon + 1)};
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  const bool whole = error == std::errc() && stop == text.data() + text.size();
  return whole ? std::optional(port) : std::nullopt;
}

// Returns the port if `text` is nothing but a port, which some programs accept: "7", ":7".
std::string_view port_alone(std::string_view text) {
  if (text.starts_with(':')) text.remove_prefix(1);
  const bool is_number = !text.empty() && text.find_first_not_of(digits) == std::string_view::npos;
  return is_number ? text : std::string_view();
}

}  // namespace

tl::expected<Listen, std::string> parse_listen(std::string_view text) {
  auto protocol = protocol::Protocol::greet;
  std::string_view place = text;
  const auto at = text.find('@');
  if (at != std::string_view::npos && !text.starts_with(protocol::local_prefix)) {
    const auto found = protocol::protocol_named(text.substr(0, at));
    if (!found) return refuse(text, protocol_words() + " before the '@'");
    protocol = *found;
    place.remove_prefix(at + 1);
  }
  if (const auto port = port_alone(place); !port.empty()) {
    return refuse(
        text,
        fmt::format("an address before the port, such as 0.0.0.0:{} for all IPv4 addresses", port));
  }
  const auto [address, port] = split(place);
  const auto endpoint = parse_address(address);
  if (!endpoint) return refuse(text, endpoint.error());
  Listen listen = default_listener(protocol);
  listen.endpoint = *endpoint;
  if (endpoint->family != Family::local) listen.endpoint.port = protocol::default_port(protocol);
  if (port) {
    const auto number = parse_port(*port);
    if (!number) return refuse(text, "a port from 0 to 65535 after the ':'");
    listen.endpoint.port = *number;
  }
  listen.socket_buffer = default_socket_buffer(listen, {});
  return listen;
}

std::string find_conflict(const std::vector<Listen>& listeners) {
  const auto conflict = [](const protocol::Endpoint& a, const protocol::Endpoint& b) {
    return has_address(a) && (a == b || overlap(a, b));
  };
  for (auto b = listeners.begin(); b != listeners.end(); ++b) {
    const auto a = std::find_if(listeners.begin(), b, [&](const Listen& each) {
      return conflict(each.endpoint, b->endpoint);
    });
    if (a != b) {
      return fmt::format("cannot listen at both {} and {}; change the address or port of one",
                         to_string(a->endpoint), to_string(b->endpoint));
    }
  }
  return {};
}

}  // namespace yodel::config
