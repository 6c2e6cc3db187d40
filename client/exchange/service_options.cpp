#include "client/exchange/service_options.hpp"

#include <algorithm>
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

// "greet or echo"
std::string all_names() {
  std::vector<std::string> names;
  names.reserve(protocol::all_protocols.size());
  for (const auto protocol : protocol::all_protocols)
    names.emplace_back(protocol::name(protocol));
  return text::alternatives(names);
}

Checked read_protocol(Protocol& target, const std::string& word) {
  const auto found =
      std::find_if(protocol::all_protocols.begin(), protocol::all_protocols.end(),
                   [&word](const Protocol each) { return protocol::name(each) == word; });
  if (found == protocol::all_protocols.end()) {
    return tl::make_unexpected(
        fmt::format("{} is unknown; expected {}", text::excerpt(word), all_names()));
  }
  target = *found;
  return {};
}

// What has a welcome has a framing too.
Checked choose(const Flags& given, Service& service) {
  if (!has_welcome(service.protocol) && (given.unframed || given.no_welcome)) {
    return tl::make_unexpected(
        fmt::format("{}: the {} protocol has no {}", given.unframed ? "--unframed" : "--no-welcome",
                    protocol::name(service.protocol), given.unframed ? "framing" : "welcome"));
  }
  if (given.unframed) service.framing = Framing::unframed;
  service.welcome = has_welcome(service.protocol) && !given.no_welcome;
  return {};
}

}  // namespace

void add_service_options(Options& options, Service& service) {
  const auto flags = std::make_shared<Flags>();
  options.value(
      "--protocol", "NAME",
      fmt::format("What the server speaks: {} (default: {})", all_names(),
                  protocol::name(service.protocol)),
      [&service](const std::string& word) { return read_protocol(service.protocol, word); });
  options.flag("--no-welcome", flags->no_welcome,
               "Do not wait for a welcome: the server sends none");
  options.flag("--unframed", flags->unframed, "Send messages without a newline, one at a time");
  options.check([flags, &service] { return choose(*flags, service); });
}

}  // namespace yodel::client
