#include "client/connection/server_options.hpp"

#include <cstdlib>
#include <fmt/format.h>
#include <memory>
#include <optional>
#include <utility>

#include "text/duration.hpp"
#include "text/quote.hpp"

namespace yodel::client {
namespace {

struct Families {
  bool ipv4 = false;
  bool ipv6 = false;
};

Checked default_to_environment(ServerAddress& address) {
  const char* const variable = std::getenv("YODEL_SERVER");
  const bool is_set = variable != nullptr && *variable != '\0';
  const auto parsed = parse_server_address(is_set ? variable : default_host);
  if (!parsed) return tl::make_unexpected("YODEL_SERVER: " + parsed.error());
  address = *parsed;
  return {};
}

Checked choose_family(const Families& given, ServerOptions& server) {
  if (!given.ipv4 && !given.ipv6) return {};
  if (server.address.is_local()) {
    return tl::make_unexpected(fmt::format("unix:{}: a Unix socket has no use for {}",
                                           text::printable(server.address.path),
                                           given.ipv4 ? "--ipv4" : "--ipv6"));
  }
  server.connect.family = given.ipv4 ? FamilyChoice::ipv4 : FamilyChoice::ipv6;
  return {};
}

}  // namespace

void add_server_options(Options& options, ServerOptions& server, DefaultPort port) {
  const auto is_given = std::make_shared<bool>(false);
  options.value(
      "-s,--server", "HOST[:PORT]",
      fmt::format("The server: HOST, HOST:{0}, [::1]:{0} or unix:PATH\n"
                  "(default: the variable YODEL_SERVER, or {1}:{0})",
                  port(), default_host),
      [is_given, &server](const std::string& text) -> Checked {
        *is_given = true;
        return parse_server_address(text).map([&](auto address) { server.address = address; });
      });
  options.check([is_given, &server, port = std::move(port)]() -> Checked {
    if (!*is_given) {
      if (auto checked = default_to_environment(server.address); !checked) return checked;
    }
    if (server.address.port == 0) server.address.port = port();
    return {};
  });
  add_connect_options(options, server);
}

void add_connect_options(Options& options, ServerOptions& server) {
  const auto families = std::make_shared<Families>();
  options.flag("-4,--ipv4", families->ipv4, "Use IPv4 only");
  options.flag("-6,--ipv6", families->ipv6, "Use IPv6 only");
  options.exclude("--ipv6", "--ipv4");
  options.check([families, &server] { return choose_family(*families, server); });
  options.value("--connect-timeout", "TIME",
                fmt::format("For resolving and connecting, in all (default: {})",
                            text::print_duration(server.connect.timeout)),
                duration(server.connect.timeout));
  options.value("--timeout", "TIME",
                fmt::format("For each wait on the server: 500ms, 5s, 2m, or a number\n"
                            "of seconds (default: {})",
                            text::print_duration(server.timeout)),
                duration(server.timeout));
}

}  // namespace yodel::client
