#include "config/listeners.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <string>

#include "config/table_reader.hpp"
#include "text/quote.hpp"

namespace yodel::config {
namespace {

using protocol::Endpoint;
using protocol::Family;

constexpr std::size_t longest_name = 64;

bool in_name(char c) {
  return is_bare(c) || c == '.';
}

void read_name(TableReader& table, std::string& target) {
  const auto name = table.text("name");
  if (!name) return;
  if (name->empty() || name->size() > longest_name ||
      !std::all_of(name->begin(), name->end(), in_name)) {
    // sd_listen_fds_with_names(3) separates names by ':'.
    return table.refuse("name", "1 to 64 of the characters A-Z a-z 0-9 . _ -");
  }
  target = *name;
}

void read_endpoint(TableReader& table, Listen& listen) {
  Endpoint& target = listen.endpoint;
  if (const auto address = table.text("address")) {
    const auto endpoint = protocol::parse_endpoint(*address);
    if (!endpoint) {
      table.refuse("address", endpoint.error());
    } else if (endpoint->family == Family::local) {
      target = *endpoint;
      table.forbid("port", "beside a unix: address; expected none, for it has no ports");
      return table.forbid("socket_buffer",
                          "beside a unix: address; expected none, for a Unix "
                          "socket does not pass it on to its connections");
    } else {
      const std::uint16_t default_port = target.port;
      target = *endpoint;
      target.port = default_port;
    }
  }
  table.number("port", target.port, {0, 65535});
  // No path needs more: 10 Gbit/s over 400 ms.
  table.number("socket_buffer", listen.socket_buffer, {0, 512 << 20});
}

ReadListener read_listener(const toml::table& source, Diagnostics& faults) {
  TableReader table(source, "[[listen]]", faults);
  ReadListener result{.listen = default_listener(), .where = table.where()};
  Listen& listen = result.listen;
  read_name(table, listen.name);
  table.number("backlog", listen.backlog, {1, 1048576});
  table.word("protocol", listen.protocol, protocol::all_protocols);
  result.name = table.where("name");
  result.backlog = table.where("backlog");
  result.socket_buffer = table.where("socket_buffer");

  const std::size_t before = faults.size();
  read_endpoint(table, listen);
  table.refuse_others();  // an unknown key may be an address with a slip of the pen
  result.endpoint_is_sure = faults.size() == before;
  return result;
}

// A port of 0 is another one each time.
bool has_address(const Endpoint& endpoint) {
  return endpoint.family == Family::local || endpoint.port != 0;
}

}  // namespace

std::vector<ReadListener> read_listeners(const std::vector<const toml::table*>& tables,
                                         Diagnostics& faults) {
  std::vector<ReadListener> listeners;
  listeners.reserve(tables.size());
  for (const toml::table* table : tables)
    listeners.push_back(read_listener(*table, faults));
  return listeners;
}

void refuse_duplicates(const std::vector<ReadListener>& listeners, Diagnostics& faults) {
  std::map<std::string, std::uint32_t> endpoints;  // and the line that had it first
  std::map<std::string, std::uint32_t> names;
  for (const auto& [listen, where, name, backlog, buffer, endpoint_is_sure] : listeners) {
    if (endpoint_is_sure && has_address(listen.endpoint)) {
      const auto [first, fresh] = endpoints.emplace(to_string(listen.endpoint), where.line);
      if (!fresh) {
        faults.push_back({.where = where,
                          .text = fmt::format("duplicate listener {}; expected another address or "
                                              "port than that of line {}",
                                              first->first, first->second)});
      }
    }
    if (listen.name.empty()) continue;
    const auto [first, fresh] = names.emplace(listen.name, name.line);
    if (!fresh) {
      faults.push_back({.where = name,
                        .text = fmt::format("name = {}: expected another name than that of line {}",
                                            text::quote(listen.name), first->second)});
    }
  }
}

}  // namespace yodel::config
