#include "client/connection/server_options.hpp"

#include <cstdlib>
#include <fmt/format.h>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "text/duration.hpp"
#include "text/quote.hpp"

namespace yodel::client {
namespace {

struct Families {
  bool ipv4 = false;
  bool ipv6 = false;
};

// The server's name as it was typed.
struct Typed {
  std::optional<std::string> option;
  std::vector<std::string> arguments;  // HOST and PORT
};

using Parsed = tl::expected<ServerAddress, std::string>;

Parsed from_environment() {
  const char* const variable = std::getenv("YODEL_SERVER");
  const bool is_set = variable != nullptr && *variable != '\0';
  return parse_server_address(is_set ? variable : default_host).map_error([](const auto& error) {
    return "YODEL_SERVER: " + error;
  });
}

Parsed from_arguments(const std::vector<std::string>& words) {
  if (words.size() == 1) return parse_server_address(words[0]);
  if (words.size() == 2) return parse_server_address(words[0], words[1]);
  return tl::make_unexpected("unexpected argument " + excerpt_of(words[2]) +
                             " after HOST and PORT");
}

Parsed server_of(const Typed& typed) {
  if (typed.arguments.empty()) {
    if (!typed.option) return from_environment();
    return parse_server_address(*typed.option).map_error([](const auto& error) {
      return "--server: " + error;
    });
  }
  if (!typed.option) return from_arguments(typed.arguments);
  return tl::make_unexpected(fmt::format("the server is given twice: leave out --server {} or {}",
                                         excerpt_of(*typed.option),
                                         excerpt_of(typed.arguments[0])));
}

Checked choose_family(const Families& given, ServerOptions& server) {
  if (!given.ipv4 && !given.ipv6) return {};
  if (server.address.is_local()) {
    return tl::make_unexpected(fmt::format("unix:{} is a Unix socket: leave out {}",
                                           text::printable(server.address.path),
                                           given.ipv4 ? "--ipv4" : "--ipv6"));
  }
  server.connect.family = given.ipv4 ? FamilyChoice::ipv4 : FamilyChoice::ipv6;
  return {};
}

void add_server(Options& options, ServerOptions& server, const std::shared_ptr<Typed>& typed,
                DefaultPort port, const std::string& text) {
  options.value("-s,--server", "HOST[:PORT]", text, [typed](const std::string& word) -> Checked {
    typed->option = word;
    return {};
  });
  options.check([typed, &server, port = std::move(port)] {
    return server_of(*typed).map([&](auto address) {
      server.address = address;
      if (server.address.port == 0) server.address.port = port();
    });
  });
}

}  // namespace

void add_server_options(Options& options, ServerOptions& server, const DefaultPort& port,
                        const std::string& timeout) {
  add_server(
      options, server, std::make_shared<Typed>(), port,
      fmt::format("The server: HOST, HOST:{0}, [::1]:{0} or unix:PATH (default: $YODEL_SERVER, "
                  "or {1}:{0})",
                  port(), default_host));
  add_connect_options(options, server, timeout);
}

void add_server_argument(Options& options, ServerOptions& server, const DefaultPort& port,
                         const std::string& timeout) {
  const auto typed = std::make_shared<Typed>();
  options.arguments(
      "HOST",
      fmt::format("The server: HOST, HOST:{0}, HOST {0}, [::1]:{0} or unix:PATH (default: "
                  "$YODEL_SERVER, or {1}:{0})",
                  port(), default_host),
      typed->arguments, "[HOST[:PORT] | HOST PORT]");
  add_server(options, server, typed, port, "The server, as an option");
  add_connect_options(options, server, timeout);
}

void add_connect_options(Options& options, ServerOptions& server, const std::string& timeout) {
  const auto families = std::make_shared<Families>();
  options.flag("-4,--ipv4", families->ipv4, "Use IPv4 only");
  options.flag("-6,--ipv6", families->ipv6, "Use IPv6 only");
  options.exclude("--ipv6", "--ipv4");
  options.check([families, &server] { return choose_family(*families, server); });
  options.value("--connect-timeout", "TIME",
                fmt::format("Time limit for resolving and connecting (default: {})",
                            text::print_duration(server.connect.timeout)),
                duration(server.connect.timeout));
  options.value(timeout, "TIME",
                fmt::format("Time limit for each answer: 500ms, 5s, 2m or a number of "
                            "seconds (default: {})",
                            text::print_duration(server.timeout)),
                duration(server.timeout));
}

}  // namespace yodel::client
