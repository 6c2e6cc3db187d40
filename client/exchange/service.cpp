#include "client/exchange/service.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "protocol/greet.hpp"

namespace yodel::client {

using protocol::Protocol;

namespace {

// Returns the ID by which a probe server names its reply to `payload`.
std::string_view id_of(std::string_view payload) {
  constexpr std::size_t max_id = 16;
  return payload.substr(0, std::min(payload.find(' '), max_id));
}

// Returns what is known of a probe's request and reply: "ID data=PAYLOAD".
std::string probe_words(std::string_view payload) {
  return std::string(id_of(payload)).append(probe_data_word).append(payload);
}

// Returns whether `said` is the message that `due`, "hello, MESSAGE!", answers.
bool echoes(std::string_view due, std::string_view said) {
  if (due.empty() || said.empty()) return false;
  const auto message =
      due.substr(protocol::reply_prefix.size(), due.size() - protocol::reply_size(0, 0));
  return said == message || said.starts_with(std::string(message) + '\n');
}

}  // namespace

bool has_welcome(Protocol protocol) noexcept {
  switch (protocol) {
    case Protocol::greet:
    case Protocol::probe: return true;
    case Protocol::echo: return false;
  }
  return false;
}

std::string request_of(const Service& service, std::string_view payload) {
  switch (service.protocol) {
    case Protocol::greet:
      return std::string(payload).append(service.framing == Framing::unframed ? 0 : 1, '\n');
    case Protocol::echo: return std::string(payload);
    case Protocol::probe: return probe_words(payload) + '\n';
  }
  return {};
}

std::string reply_of(const Service& service, std::string_view payload) {
  switch (service.protocol) {
    case Protocol::greet: return protocol::reply_to(payload);
    case Protocol::echo: return std::string(payload);
    case Protocol::probe: return probe_words(payload);
  }
  return {};
}

std::size_t ending_size(const Service& service) noexcept {
  const bool lines = service.protocol == Protocol::probe ||
                     (service.protocol == Protocol::greet && service.framing == Framing::lines);
  return lines ? 1 : 0;
}

std::string farewell_of(const Service& service) {
  switch (service.protocol) {
    case Protocol::greet:
      return std::string(protocol::exit_message).append(ending_size(service), '\n');
    case Protocol::echo:
    case Protocol::probe: return {};
  }
  return {};
}

std::string reply_to_farewell(const Service& service) {
  const auto farewell = farewell_of(service);
  return farewell.empty() ? farewell : reply_of(service, protocol::exit_message);
}

std::optional<Protocol> other_protocol(const Service& service, std::string_view due,
                                       std::string_view said) {
  const auto begins = [&](std::string_view words) {
    return said.starts_with(words) && !due.starts_with(words);
  };
  if (service.protocol == Protocol::greet && echoes(due, said)) return Protocol::echo;
  if (service.protocol != Protocol::probe && begins(probe_greeting)) return Protocol::probe;
  // Only the default welcome counts: other servers speak first too, such as those for mail.
  const bool greets = begins("welcome") || begins(protocol::reply_prefix);
  return service.protocol != Protocol::greet && greets ? std::optional(Protocol::greet)
                                                       : std::nullopt;
}

std::string mismatch_of(const Service& service, Protocol actual) {
  const auto looks = [&](std::string_view what, const std::string& by_option,
                         std::string_view command) {
    return fmt::format("this looks like {} server: {}", what,
                       service.by_option ? by_option : fmt::format("use '{}'", command));
  };
  switch (actual) {
    case Protocol::greet:
      return looks("a greet", fmt::format("leave out --protocol {}", name(service.protocol)),
                   "yodel talk");
    case Protocol::echo: return looks("an echo", "use --protocol echo", "yodel echo");
    case Protocol::probe:
      return looks("a probe", "use --protocol probe", "yodel ping --protocol probe");
  }
  return {};
}

std::string awaited_welcome(const Service& service) {
  if (service.protocol == Protocol::probe) return "the header (--protocol echo for an echo server)";
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
  switch (service.protocol) {
    case Protocol::greet: return service.framing == Framing::lines;
    case Protocol::echo: return true;
    // The server reads what has gathered at once, and has one time of arrival for all of it.
    case Protocol::probe: return false;
  }
  return false;
}

std::string description_of(const Service& service) {
  std::string text(protocol::name(service.protocol));
  if (service.protocol != Protocol::greet) return text;
  switch (service.framing) {
    case Framing::unknown: return text;
    case Framing::lines: return text + " in lines";
    case Framing::unframed: return text + " unframed";
  }
  return text;
}

}  // namespace yodel::client
