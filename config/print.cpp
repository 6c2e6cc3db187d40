#include "config/print.hpp"

#include <fmt/format.h>
#include <utility>

#include "text/duration.hpp"
#include "text/quote.hpp"

namespace yodel::config {
namespace {

using protocol::Family;

// A key, its value in TOML, and a comment with the unit or the meaning where the value does not
// show it.
struct Line {
  std::string_view key;
  std::string value;
  std::string_view comment = {};
};

void append(std::string& out, const Line& line) {
  out += fmt::format("{} = {}", line.key, line.value);
  if (!line.comment.empty()) out += fmt::format("  # {}", line.comment);
  out += '\n';
}

template <class... Lines>
void append_table(std::string& out, std::string_view header, const Lines&... lines) {
  out += fmt::format("\n{}\n", header);
  (append(out, lines), ...);
}

std::string number(std::int64_t value) {
  return std::to_string(value);
}
std::string duration(std::chrono::milliseconds value) {
  return text::quote(text::print_duration(value));
}
std::string networks(const std::vector<protocol::Network>& value) {
  std::vector<std::string> quoted;
  quoted.reserve(value.size());
  for (const auto& network : value)
    quoted.push_back(text::quote(to_string(network)));
  return fmt::format("[{}]", fmt::join(quoted, ", "));
}
template <class Enum>
std::string word(Enum value) {
  return text::quote(name(value));
}

void append_listener(std::string& out, const Listen& listen) {
  out += "\n[[listen]]\n";
  // The file cannot express an empty name, or a port of a Unix socket, so both are left out.
  if (!listen.name.empty())
    append(out, {"name", text::quote(listen.name), "systemd's FileDescriptorName="});
  append(out, {"address", text::quote(address_text(listen.endpoint))});
  if (listen.endpoint.family != Family::local) append(out, {"port", number(listen.endpoint.port)});
  append(out, {"backlog", number(listen.backlog), "connections"});
  if (listen.endpoint.family != Family::local) {
    append(out, {"socket_buffer", number(listen.socket_buffer), "bytes; 0: sized by the kernel"});
  }
  append(out, {"protocol", word(listen.protocol)});
  if (listen.endpoint.family != Family::local) {
    append(out, {"allow", networks(listen.allow), "empty: everyone"});
    append(out, {"proxy_from", networks(listen.proxy_from), "empty: no proxies"});
  }
  for (const auto& [key, value] : {std::pair{"idle_timeout", listen.idle_timeout},
                                   std::pair{"peer_timeout", listen.peer_timeout}}) {
    if (value) append(out, {key, duration(*value), "instead of that in [limits]"});
  }
}

}  // namespace

std::string print(const Settings& settings) {
  const auto& [listeners, greet, probe, limits, reload, shutdown, log] = settings;
  std::string out = "# The settings of yodeld. yodeld.toml(5) explains each key.\n";
  for (const Listen& listen : listeners)
    append_listener(out, listen);
  append_table(out, "[greet]", Line{"welcome", text::quote(greet.welcome)},
               Line{"delay", duration(greet.delay), "before each reply"},
               Line{"message_size", number(greet.message_size), "bytes"},
               Line{"framing", word(greet.framing)});
  append_table(out, "[probe]", Line{"max_size", number(probe.max_size), "bytes"});
  append_table(out, "[limits]  # per listener", Line{"sessions", number(limits.sessions)},
               Line{"sessions_per_source", number(limits.sessions_per_source), "0: no limit"},
               Line{"idle_timeout", duration(limits.idle_timeout), "0s: none"},
               Line{"session_timeout", duration(limits.session_timeout), "0s: none"},
               Line{"peer_timeout", duration(limits.peer_timeout), "0s: the kernel's default"});
  append_table(out, "[reload]", Line{"grace", duration(reload.grace)});
  append_table(out, "[shutdown]", Line{"grace", duration(shutdown.grace)});
  append_table(out, "[log]", Line{"level", word(log.level)}, Line{"target", word(log.target)},
               Line{"format", word(log.format), "of standard error"});
  return out;
}

}  // namespace yodel::config
