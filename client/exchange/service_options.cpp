#include "client/exchange/service_options.hpp"

#include <fmt/format.h>
#include <memory>
#include <vector>

#include "text/counted.hpp"
#include "text/quote.hpp"

namespace yodel::client {
namespace {

using protocol::Protocol;

struct Flags {
  bool no_welcome = false;
  bool unframed = false;
};

// The choice of commands that can connect and send nothing.
constexpr std::string_view no_protocol = "none";

// Returns "greet, echo or probe", or "greet, echo, probe or none".
std::string all_names(bool with_none) {
  std::vector<std::string> names;
  names.reserve(protocol::all_protocols.size() + 1);
  for (const auto protocol : protocol::all_protocols)
    names.emplace_back(protocol::name(protocol));
  if (with_none) names.emplace_back(no_protocol);
  return text::alternatives(names);
}

Checked read_protocol(Protocol& target, bool* nothing, const std::string& word) {
  if (nothing != nullptr) {
    *nothing = word == no_protocol;
    if (*nothing) return {};
  }
  const auto found = protocol::protocol_named(word);
  if (!found) {
    return tl::make_unexpected(fmt::format("{} is unknown; expected {}", text::excerpt(word),
                                           all_names(nothing != nullptr)));
  }
  target = *found;
  return {};
}

// Returns why --no-welcome, or else --unframed, is of no use with `protocol`; empty if it is.
std::string_view objection(Protocol protocol, bool no_welcome) {
  switch (protocol) {
    case Protocol::greet: break;
    case Protocol::echo: return no_welcome ? "has no welcome" : "has no framing";
    case Protocol::probe: return no_welcome ? "always begins with a header" : "is always in lines";
  }
  return {};
}

Checked choose(const Flags& given, const bool* nothing, Service& service) {
  const bool any = given.unframed || given.no_welcome;
  const auto* const option = given.unframed ? "--unframed" : "--no-welcome";
  if (nothing != nullptr && *nothing && any) {
    return tl::make_unexpected(
        fmt::format("{}: --protocol none sends nothing and waits for nothing", option));
  }
  if (const auto why = objection(service.protocol, !given.unframed); any && !why.empty()) {
    return tl::make_unexpected(
        fmt::format("{}: the {} protocol {}", option, protocol::name(service.protocol), why));
  }
  if (given.unframed) service.framing = Framing::unframed;
  service.welcome = has_welcome(service.protocol) && !given.no_welcome;
  return {};
}

}  // namespace

void add_service_options(Options& options, Service& service, bool* nothing) {
  const auto flags = std::make_shared<Flags>();
  options.value(
      "--protocol", "NAME",
      fmt::format("What the server speaks: {} (default: {}). {}"
                  "The default port of echo is {}, of probe {}",
                  all_names(nothing != nullptr), protocol::name(service.protocol),
                  nothing != nullptr ? "With none, connect and close, and send nothing. " : "",
                  default_port(Protocol::echo), default_port(Protocol::probe)),
      [&service, nothing](const std::string& word) {
        return read_protocol(service.protocol, nothing, word);
      });
  options.flag("--no-welcome", flags->no_welcome,
               "Do not wait for a welcome: the server sends none");
  options.flag("--unframed", flags->unframed, "Send messages without a newline, one at a time");
  options.check([flags, nothing, &service] { return choose(*flags, nothing, service); });
}

}  // namespace yodel::client
