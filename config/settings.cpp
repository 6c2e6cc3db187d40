#include "config/settings.hpp"

#include <algorithm>

namespace yodel::config {

Listen default_listener(protocol::Protocol protocol) {
  Listen listener;
  listener.endpoint.address = {127, 0, 0, 1};
  listener.endpoint.port = protocol::default_port(protocol);
  listener.protocol = protocol;
  listener.socket_buffer = default_socket_buffer(listener, {});
  if (protocol == protocol::Protocol::probe) {
    listener.idle_timeout = std::chrono::hours(2);
    listener.peer_timeout = std::chrono::milliseconds(0);
  }
  return listener;
}

Limits limits_of(const Listen& listen, Limits limits) noexcept {
  limits.idle_timeout = listen.idle_timeout.value_or(limits.idle_timeout);
  limits.peer_timeout = listen.peer_timeout.value_or(limits.peer_timeout);
  return limits;
}

std::uint32_t default_socket_buffer(const Listen& listen, const Settings& settings) noexcept {
  constexpr std::uint32_t min_size = 64 << 10;
  if (listen.endpoint.family == protocol::Family::local) return 0;
  switch (listen.protocol) {
    case protocol::Protocol::greet: return std::max(min_size, 2 * settings.greet.message_size);
    case protocol::Protocol::probe: return std::max(min_size, 2 * settings.probe.max_size);
    case protocol::Protocol::echo: break;
  }
  return 0;
}

std::vector<Listen> default_listeners() {
  std::vector<Listen> listeners;
  listeners.reserve(protocol::all_protocols.size());
  for (const auto protocol : protocol::all_protocols)
    listeners.push_back(default_listener(protocol));
  return listeners;
}

Settings default_settings() {
  Settings settings;
  settings.listeners = default_listeners();
  return settings;
}

std::string_view name(protocol::Framing framing) noexcept {
  switch (framing) {
    case protocol::Framing::automatic: return "auto";
    case protocol::Framing::lines: return "lines";
    case protocol::Framing::unframed: return "unframed";
  }
  return {};
}

std::string_view name(Level level) noexcept {
  switch (level) {
    case Level::debug: return "debug";
    case Level::info: return "info";
    case Level::notice: return "notice";
    case Level::warning: return "warning";
    case Level::err: return "err";
  }
  return {};
}

std::string_view name(Target target) noexcept {
  switch (target) {
    case Target::automatic: return "auto";
    case Target::journal: return "journal";
    case Target::standard_error: return "stderr";
  }
  return {};
}

std::string_view name(Format format) noexcept {
  switch (format) {
    case Format::text: return "text";
    case Format::json: return "json";
  }
  return {};
}

}  // namespace yodel::config
