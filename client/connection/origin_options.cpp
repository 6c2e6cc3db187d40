#include "client/connection/origin_options.hpp"

#include <fmt/format.h>
#include <memory>

#include "text/quote.hpp"

namespace yodel::client {
namespace {

Checked choose_family(ServerOptions& server) {
  const auto& address = server.connect.origin.address;
  if (!address) return {};
  const bool is_ipv4 = address->storage.ss_family == AF_INET;
  const auto family = is_ipv4 ? FamilyChoice::ipv4 : FamilyChoice::ipv6;
  if (server.connect.family != FamilyChoice::any && server.connect.family != family) {
    return tl::make_unexpected(fmt::format("--source: {} is an {} address, and {}",
                                           protocol::address_text(protocol::peer_from(*address)),
                                           is_ipv4 ? "IPv4" : "IPv6",
                                           is_ipv4 ? "--ipv6 was given (or an IPv6 --source)"
                                                   : "--ipv4 was given (or an IPv4 --source)"));
  }
  server.connect.family = family;
  return {};
}

// Checks that this host has the origin and that it fits the server.
Checked check_origin(ServerOptions& server) {
  const Origin& origin = server.connect.origin;
  if (!origin.is_chosen()) return {};
  const std::string option = origin.address ? "--source" : "--interface";
  if (server.address.is_local()) {
    return tl::make_unexpected(fmt::format("unix:{} is a Unix socket: leave out {}",
                                           text::printable(server.address.path), option));
  }
  if (const auto missing = obstacle(origin)) return tl::make_unexpected(option + ": " + *missing);
  return choose_family(server);
}

// Makes and checks an origin for each of `sources`. The first becomes that of the server.
Checked check_origins(ServerOptions& server, const std::vector<protocol::SocketAddress>& sources,
                      std::vector<Origin>& origins) {
  for (const auto& source : sources)
    origins.push_back({.address = source, .device = server.connect.origin.device});
  if (origins.empty() && server.connect.origin.is_chosen()) {
    origins.push_back(server.connect.origin);
  }
  for (const auto& each : origins) {
    server.connect.origin = each;
    if (auto checked = check_origin(server); !checked) return checked;
  }
  if (!origins.empty()) server.connect.origin = origins.front();
  return {};
}

Checked read_interface(Origin& origin, const std::string& name) {
  if (name.empty()) return tl::make_unexpected("the interface name is empty");
  origin.device = name;
  return {};
}

Checked read_source(Origin& origin, const std::string& text) {
  return parse_source(text).map([&origin](auto address) { origin.address = address; });
}

void add_interface(Options& options, Origin& origin) {
  options.value("--interface", "IFACE", "Connect through this interface only",
                [&origin](const std::string& name) { return read_interface(origin, name); });
}

}  // namespace

void add_origin_options(Options& options, ServerOptions& server) {
  Origin& origin = server.connect.origin;
  options.value("--source", "ADDRESS", "Connect from this address of this host",
                [&origin](const std::string& text) { return read_source(origin, text); });
  add_interface(options, origin);
  options.check([&server] { return check_origin(server); });
}

void add_origin_options_of_ping(Options& options, ServerOptions& server) {
  options.value("-I", "ADDRESS|IFACE", "The same as --source or --interface",
                [&origin = server.connect.origin](const std::string& text) {
                  return protocol::parse_endpoint(text) ? read_source(origin, text)
                                                        : read_interface(origin, text);
                });
  add_origin_options(options, server);
}

void add_origin_options(Options& options, ServerOptions& server, std::vector<Origin>& origins) {
  const auto sources = std::make_shared<std::vector<protocol::SocketAddress>>();
  options.values(
      "--source", "ADDRESS",
      "Connect from this address of this host; repeat it to use several in turn, each with ports "
      "of its own",
      [sources](const std::string& text) {
        return parse_source(text).map([&sources](auto address) { sources->push_back(address); });
      });
  add_interface(options, server.connect.origin);
  options.check([sources, &server, &origins] { return check_origins(server, *sources, origins); });
}

}  // namespace yodel::client
