#include "client/server_options.hpp"

#include <cstdlib>
#include <fmt/format.h>
#include <memory>
#include <optional>

#include "client/option_readers.hpp"
#include "client/quote.hpp"

namespace yodel::client {
namespace {

struct Families {
  bool ipv4 = false;
  bool ipv6 = false;
};

Checked default_to_environment(ServerAddress& address) {
  const char* const variable = std::getenv("YODEL_SERVER");
  const bool is_set = variable != nullptr && *variable != '\0';
  const auto parsed = parse_server_address(is_set ? variable : default_server);
  if (!parsed) return tl::make_unexpected("YODEL_SERVER: " + parsed.error());
  address = *parsed;
  return {};
}

Checked choose_family(const Families& given, ServerOptions& server) {
  if (!given.ipv4 && !given.ipv6) return {};
  if (server.address.is_local()) {
    return tl::make_unexpected(fmt::format("unix:{}: a Unix socket has no use for {}",
                                           escaped(server.address.path),
                                           given.ipv4 ? "--ipv4" : "--ipv6"));
  }
  server.connect.family = given.ipv4 ? FamilyChoice::ipv4 : FamilyChoice::ipv6;
  return {};
}

// As they were given.
struct ServiceWords {
  bool echo = false;
  bool no_welcome = false;
  bool unframed = false;
};

Checked choose_service(const ServiceWords& given, ServiceOptions& service) {
  if (given.echo && (given.unframed || given.no_welcome)) {
    return tl::make_unexpected(fmt::format("{}: the echo protocol has no {}",
                                           given.unframed ? "--unframed" : "--no-welcome",
                                           given.unframed ? "framing" : "welcome"));
  }
  if (given.echo) service.service = Service::echo;
  if (given.unframed) service.service = Service::greet_unframed;
  service.welcome = has_welcome(service.service) && !given.no_welcome;
  return {};
}

}  // namespace

void add_server_options(Options& options, ServerOptions& server) {
  const auto is_given = std::make_shared<bool>(false);
  options.value(
      "-s,--server", "HOST[:PORT]",
      fmt::format("The server: HOST, HOST:{0}, [::1]:{0} or unix:PATH\n"
                  "(default: the variable YODEL_SERVER, or {1})",
                  default_port, default_server),
      [is_given, &server](const std::string& text) -> Checked {
        *is_given = true;
        return parse_server_address(text).map([&](auto address) { server.address = address; });
      });
  options.check([is_given, &server] {
    return *is_given ? Checked() : default_to_environment(server.address);
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
                            to_string(server.connect.timeout)),
                duration(server.connect.timeout));
  options.value("--timeout", "TIME",
                fmt::format("For each wait on the server: 500ms, 5s, 2m, or a number\n"
                            "of seconds (default: {})",
                            to_string(server.timeout)),
                duration(server.timeout));
}

void add_service_options(Options& options, ServiceOptions& service) {
  const auto words = std::make_shared<ServiceWords>();
  options.value("--protocol", "NAME", "What the server speaks: greet or echo (default: greet)",
                [words](const std::string& name) -> Checked {
                  if (name != "greet" && name != "echo") {
                    return tl::make_unexpected(
                        fmt::format("{} is unknown; expected greet or echo", quote(name)));
                  }
                  words->echo = name == "echo";
                  return {};
                });
  options.flag("--no-welcome", words->no_welcome,
               "Do not wait for a welcome: the server sends none");
  options.flag("--unframed", words->unframed, "Send messages without a newline, one at a time");
  options.check([words, &service] { return choose_service(*words, service); });
}

}  // namespace yodel::client
