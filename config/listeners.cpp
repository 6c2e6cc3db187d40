#include "config/listeners.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <netinet/in.h>
#include <string>
#include <utility>

#include "config/table_reader.hpp"
#include "text/quote.hpp"

namespace yodel::config {
namespace {

using protocol::Endpoint;
using protocol::Family;

constexpr std::size_t max_name_length = 64;

bool in_name(char c) {
  return is_bare(c) || c == '.';
}

void read_name(TableReader& table, std::string& target) {
  const auto name = table.text("name");
  if (!name) return;
  if (name->empty() || name->size() > max_name_length ||
      !std::all_of(name->begin(), name->end(), in_name)) {
    // sd_listen_fds_with_names(3) separates names by ':'.
    return table.refuse("name", "1 to 64 ASCII letters, digits, '.', '_' or '-'");
  }
  target = *name;
}

bool is_multicast(const Endpoint& endpoint) {
  const auto first = endpoint.address[0];
  if (endpoint.family == Family::ipv6) return first == 0xff;
  // 224.0.0.0 and above also covers the broadcast address and the reserved range: RFC 1112, 4.
  return endpoint.family == Family::ipv4 && first >= 224;
}

// Returns what to write instead of an address that cannot receive TCP connections, or whose zone is
// missing or meaningless; an empty text if the address is fine as far as the file shows.
std::string expected_instead(const Endpoint& endpoint) {
  if (endpoint.family == Family::ipv6) {
    if (const auto ipv4 = protocol::mapped_ipv4(endpoint.address)) {
      Endpoint plain;
      plain.address = *ipv4;
      return fmt::format("{} (an IPv6 listener accepts no IPv4 connections)",
                         text::quote(address_text(plain)));
    }
  }
  if (is_multicast(endpoint)) {
    return "a unicast address (TCP has no multicast or broadcast)";
  }
  if (protocol::is_link_local(endpoint) && endpoint.zone.empty()) {
    return fmt::format("an interface after a link-local address, such as {}",
                       text::quote(address_text(endpoint) + "%eth0"));
  }
  if (!protocol::is_link_local(endpoint) && !endpoint.zone.empty()) {
    auto without_zone = endpoint;
    without_zone.zone.clear();
    return fmt::format("{} (only link-local addresses, fe80::/10, take an interface)",
                       text::quote(address_text(without_zone)));
  }
  return {};
}

void read_endpoint(TableReader& table, Listen& listen) {
  Endpoint& target = listen.endpoint;
  if (const auto address = table.text("address")) {
    const auto endpoint = parse_address(*address);
    if (!endpoint) {
      table.refuse("address", endpoint.error());
    } else if (endpoint->family == Family::local) {
      target = *endpoint;
      table.forbid("port", "cannot be used with a unix: address, which has no port");
      table.forbid("socket_buffer",
                   "cannot be used with a unix: address, whose connections do not inherit it");
      table.forbid("peer_timeout",
                   "cannot be used with a unix: address, whose peers are on this machine");
      for (const std::string_view key : {"allow", "proxy_from"}) {
        table.forbid(key,
                     "cannot be used with a unix: address, whose peers have no address; set the "
                     "permissions of its folder");
      }
      return;
    } else {
      const std::uint16_t default_port = target.port;
      target = *endpoint;
      target.port = default_port;
    }
  }
  table.number("port", target.port, {0, 65535});
  // 512 MiB is enough for any path: 10 Gbit/s with a round trip of 400 ms.
  table.number("socket_buffer", listen.socket_buffer, {0, 512 << 20});
  table.duration("peer_timeout", listen.peer_timeout, max_peer_timeout);
}

// Reads the networks of `key`, which must be of the family of `endpoint` unless it is null.
std::vector<protocol::Network> read_networks(TableReader& table, std::string_view key,
                                             const Endpoint* endpoint) {
  std::vector<protocol::Network> networks;
  const auto entries = table.texts(key);
  if (entries.size() > protocol::max_networks) {
    table.refuse(key, fmt::format("at most {} networks", protocol::max_networks));
    return networks;
  }
  for (const auto& entry : entries) {
    const auto network = protocol::parse_network(entry.value);
    if (!network) {
      table.refuse_in(key, entry, network.error());
    } else if (endpoint != nullptr && network->family != endpoint->family) {
      // An error and not a warning: no peer can come from such a network, so it is a typo, and the
      // peers that were meant would be refused.
      table.refuse_in(
          key, entry,
          fmt::format("an {} network, since the address is {}",
                      endpoint->family == Family::ipv6 ? "IPv6" : "IPv4", address_text(*endpoint)));
    } else if (std::count(networks.begin(), networks.end(), *network) > 0) {
      table.refuse_in(key, entry, "each network only once");
    } else {
      networks.push_back(*network);
    }
  }
  return networks;
}

void read_sources(TableReader& table, Listen& listen, bool is_endpoint_valid) {
  if (listen.endpoint.family == Family::local) return;  // read_endpoint() has refused them
  const Endpoint* endpoint = is_endpoint_valid ? &listen.endpoint : nullptr;
  listen.proxy_from = read_networks(table, "proxy_from", endpoint);
  // A proxy may forward connections of either family.
  listen.allow = read_networks(table, "allow", listen.proxy_from.empty() ? endpoint : nullptr);
}

ReadListener read_listener(const toml::table& source, Diagnostics& faults) {
  TableReader table(source, "[[listen]]", faults);
  ReadListener result{.listen = default_listener(), .where = table.where()};
  Listen& listen = result.listen;
  read_name(table, listen.name);
  table.number("backlog", listen.backlog, {1, 1048576});
  table.word("protocol", listen.protocol, protocol::all_protocols);
  table.duration("idle_timeout", listen.idle_timeout);
  listen.endpoint.port = protocol::default_port(listen.protocol);
  result.name = table.where("name");
  result.backlog = table.where("backlog");
  result.socket_buffer = table.where("socket_buffer");

  const std::size_t before = faults.size();
  read_endpoint(table, listen);
  const bool is_address_valid = faults.size() == before;
  read_sources(table, listen, is_address_valid);
  table.refuse_others();  // an unknown key may be a misspelt `address`
  result.endpoint_is_valid = faults.size() == before;
  return result;
}

// The listeners of one family on one port.
struct SamePort {
  const ReadListener* first = nullptr;
  const ReadListener* wildcard = nullptr;  // the first at "0.0.0.0" or "::"
};
using Ports = std::map<std::pair<Family, std::uint16_t>, SamePort>;

// Adds `listener`, and returns an earlier one that overlaps with it, or nullptr.
const ReadListener* find_overlap(const ReadListener& listener, Ports& ports) {
  const Endpoint& endpoint = listener.listen.endpoint;
  if (endpoint.family == Family::local) return nullptr;
  SamePort& same = ports[{endpoint.family, endpoint.port}];
  const auto* const before = is_wildcard(endpoint) ? same.first : same.wildcard;
  if (same.first == nullptr) same.first = &listener;
  if (same.wildcard == nullptr && is_wildcard(endpoint)) same.wildcard = &listener;
  return before;
}

Diagnostic overlap_fault(const ReadListener& listener, const ReadListener& before) {
  const bool is_all = is_wildcard(listener.listen.endpoint);
  const auto& all = is_all ? listener : before;
  const auto& one = is_all ? before : listener;
  return {
      .where = listener.where,
      .text = fmt::format("listener {} overlaps with {} on line {}: {} includes {}; remove one "
                          "or change its port",
                          to_string(listener.listen.endpoint), to_string(before.listen.endpoint),
                          before.where.line, address_text(all.listen.endpoint),
                          address_text(one.listen.endpoint))};
}

}  // namespace

bool has_address(const Endpoint& endpoint) noexcept {
  return endpoint.family == Family::local || endpoint.port != 0;
}

tl::expected<Endpoint, std::string> parse_address(std::string_view text) {
  auto endpoint = protocol::parse_endpoint(text);
  if (!endpoint) return endpoint;
  auto expected = expected_instead(*endpoint);
  if (!expected.empty()) return tl::unexpected(std::move(expected));
  return endpoint;
}

std::vector<ReadListener> read_listeners(const std::vector<const toml::table*>& tables,
                                         Diagnostics& faults) {
  std::vector<ReadListener> listeners;
  listeners.reserve(tables.size());
  for (const toml::table* table : tables)
    listeners.push_back(read_listener(*table, faults));
  return listeners;
}

void refuse_duplicates(const std::vector<ReadListener>& listeners, Diagnostics& faults) {
  std::map<std::string, std::uint32_t> endpoints;  // each with the line of the first listener there
  std::map<std::string, std::uint32_t> names;
  Ports ports;
  for (const auto& listener : listeners) {
    const auto& [listen, where, name, backlog, buffer, endpoint_is_valid] = listener;
    if (endpoint_is_valid && has_address(listen.endpoint)) {
      const auto [first, fresh] = endpoints.emplace(to_string(listen.endpoint), where.line);
      if (!fresh) {
        faults.push_back({.where = where,
                          .text = fmt::format("duplicate listener {}, already on line {}; change "
                                              "its address or port",
                                              first->first, first->second)});
      } else if (const auto* other = find_overlap(listener, ports)) {
        faults.push_back(overlap_fault(listener, *other));
      }
    }
    if (listen.name.empty()) continue;
    const auto [first, fresh] = names.emplace(listen.name, name.line);
    if (!fresh) {
      faults.push_back({.where = name,
                        .text = fmt::format("name: {} is already used on line {}; choose another",
                                            text::quote(listen.name), first->second)});
    }
  }
}

}  // namespace yodel::config
