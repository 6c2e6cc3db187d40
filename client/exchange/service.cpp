#include "client/exchange/service.hpp"

#include <fmt/format.h>

#include "protocol/greet.hpp"

namespace yodel::client {

using protocol::Protocol;

bool has_welcome(Protocol protocol) noexcept {
  switch (protocol) {
    case Protocol::greet: return true;
    case Protocol::echo: return false;
  }
  return false;
}

std::string request_of(const Service& service, std::string_view payload) {
  std::string request(payload);
  const bool line = service.protocol == Protocol::greet && service.framing != Framing::unframed;
  if (line) request += '\n';
  return request;
}

std::string reply_of(const Service& service, std::string_view payload) {
  switch (service.protocol) {
    case Protocol::greet: return protocol::reply_to(payload);
    case Protocol::echo: return std::string(payload);
  }
  return {};
}

std::size_t ending_size(const Service& service) noexcept {
  return service.protocol == Protocol::greet && service.framing == Framing::lines ? 1 : 0;
}

std::string farewell_of(const Service& service) {
  switch (service.protocol) {
    case Protocol::greet:
      return std::string(protocol::exit_message).append(ending_size(service), '\n');
    case Protocol::echo: return {};
  }
  return {};
}

std::string reply_to_farewell(const Service& service) {
  const auto farewell = farewell_of(service);
  return farewell.empty() ? farewell : reply_of(service, protocol::exit_message);
}

std::optional<Protocol> other_protocol(const Service& service, std::string_view due,
                                       std::string_view said) {
  if (service.protocol == Protocol::echo) {
    const auto begins = [&](std::string_view words) {
      return said.starts_with(words) && !due.starts_with(words);
    };
    // Only the default welcome counts: other servers speak first too, such as those for mail.
    const bool greets = begins("welcome") || begins(protocol::reply_prefix);
    return greets ? std::optional(Protocol::greet) : std::nullopt;
  }
  if (due.empty() || said.empty()) return std::nullopt;
  const auto message =
      due.substr(protocol::reply_prefix.size(), due.size() - protocol::reply_size(0, 0));
  const bool echoes = said == message || said.starts_with(std::string(message) + '\n');
  return echoes ? std::optional(Protocol::echo) : std::nullopt;
}

std::string mismatch_of(const Service& service, Protocol actual) {
  switch (actual) {
    case Protocol::greet:
      return std::string("this looks like a greet server: ") +
             (service.by_option ? "leave out --protocol echo" : "use 'yodel talk'");
    case Protocol::echo:
      return std::string("this looks like an echo server: ") +
             (service.by_option ? "use --protocol echo" : "use 'yodel echo'");
  }
  return {};
}

std::string awaited_welcome(const Service& service) {
  return fmt::format("the welcome ({} for an echo server, --no-welcome for one that sends none)",
                     service.by_option ? "--protocol echo" : "'yodel echo'");
}

std::optional<std::string> obstacle(const Service& service, std::string_view message) {
  if (service.protocol == Protocol::echo) return std::nullopt;
  if (service.framing == Framing::unframed) {
    if (message.empty()) return "an empty message cannot be sent unframed";
    return std::nullopt;
  }
  if (message.find('\n') != std::string_view::npos) {
    return "a message cannot contain a newline, which would make it two";
  }
  // The server would take it for part of the line ending.
  if (message.ends_with('\r')) return "a message cannot end with a carriage return";
  return std::nullopt;
}

bool can_pipeline(const Service& service) noexcept {
  return service.protocol == Protocol::echo || service.framing == Framing::lines;
}

std::string description_of(const Service& service) {
  std::string text(protocol::name(service.protocol));
  if (service.protocol == Protocol::echo) return text;
  switch (service.framing) {
    case Framing::unknown: return text;
    case Framing::lines: return text + " in lines";
    case Framing::unframed: return text + " unframed";
  }
  return text;
}

}  // namespace yodel::client
