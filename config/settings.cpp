#include "config/settings.hpp"

#include <algorithm>

namespace yodel::config {

Listen default_listener(protocol::Protocol protocol) {
  Listen listener;
  listener.endpoint.address = {127, 0, 0, 1};
  listener.endpoint.port = protocol::default_port(protocol);
  listener.protocol = protocol;
  listener.socket_buffer = default_socket_buffer(listener, {});
  return listener;
}

std::uint32_t default_socket_buffer(const Listen& listen, const Greet& greet) noexcept {
  constexpr std::uint32_t min_size = 64 << 10;
  const bool is_bounded = listen.protocol == protocol::Protocol::greet &&
                          listen.endpoint.family != protocol::Family::local;
  return is_bounded ? std::max(min_size, 2 * greet.message_size) : 0;
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

}  // namespace yodel::config
