#include "config/settings.hpp"

namespace yodel::config {

Listen default_listener() {
  Listen listener;
  listener.endpoint.address = {127, 0, 0, 1};
  listener.endpoint.port = 9999;
  return listener;
}

Settings default_settings() {
  Settings settings;
  settings.listeners.push_back(default_listener());
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
