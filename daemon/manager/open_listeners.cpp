#include "manager/open_listeners.hpp"

#include <cstddef>
#include <fmt/format.h>

#include "manager/records.hpp"
#include "text/counted.hpp"

namespace yodel::manager {

bool is_open(const protocol::Endpoint& bound, const config::Listen& settings) noexcept {
  return is_wildcard(bound) && settings.allow.empty() && settings.proxy_from.empty();
}

config::Diagnostics check_open_listeners(const config::Loaded& loaded) {
  config::Diagnostics warnings;
  const auto& listeners = loaded.settings.listeners;
  for (std::size_t i = 0; i < listeners.size(); ++i) {
    if (!is_open(listeners[i].endpoint, listeners[i])) continue;
    warnings.push_back({.where = loaded.listeners[i],
                        .severity = config::Severity::warning,
                        .text = records::open_text(to_string(listeners[i].endpoint))});
  }
  return warnings;
}

log::Records listener_records(const Generation& generation) {
  log::Records all;
  for (const auto& entry : generation.slots) {
    const auto& listener = *entry.listener;
    all.push_back(records::listening(listener.text(), entry.settings));
    if (!is_open(listener.bound(), entry.settings)) continue;
    all.push_back(records::listener_is_open(listener.text()));
  }
  return all;
}

std::string open_status(const Generation& generation) {
  std::size_t count = 0;
  const Listener* last = nullptr;
  for (const auto& entry : generation.slots) {
    if (!is_open(entry.listener->bound(), entry.settings)) continue;
    ++count;
    last = entry.listener.get();
  }
  if (count == 0) return {};
  return fmt::format("; open to every network: {}",
                     count == 1 ? last->text() : text::counted(count, "listener"));
}

}  // namespace yodel::manager
