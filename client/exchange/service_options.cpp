#include "client/exchange/service_options.hpp"

#include <fmt/format.h>
#include <memory>

#include "text/quote.hpp"

namespace yodel::client {
namespace {

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

void add_service_options(Options& options, ServiceOptions& service) {
  const auto words = std::make_shared<ServiceWords>();
  options.value("--protocol", "NAME", "What the server speaks: greet or echo (default: greet)",
                [words](const std::string& name) -> Checked {
                  if (name != "greet" && name != "echo") {
                    return tl::make_unexpected(
                        fmt::format("{} is unknown; expected greet or echo", text::excerpt(name)));
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
