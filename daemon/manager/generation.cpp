#include "manager/generation.hpp"

#include <algorithm>
#include <unistd.h>
#include <utility>

namespace yodel::manager {
namespace {

std::shared_ptr<Listener> reuse(const config::Listen& listen, const Generation* previous,
                                const Generation& made) {
  if (previous == nullptr) return nullptr;
  for (const Slot& old : previous->slots) {
    // Two listeners of port 0 may look the same: each socket is given once.
    const bool taken = std::any_of(made.slots.begin(), made.slots.end(),
                                   [&](const Slot& s) { return s.listener == old.listener; });
    const bool same =
        old.settings.endpoint == listen.endpoint || old.listener->bound() == listen.endpoint;
    if (!taken && same) return old.listener;
  }
  return nullptr;
}

std::shared_ptr<Listener> open(const config::Listen& listen, PassedSockets& passed) {
  if (auto passed_socket = passed.claim(listen)) {
    return std::make_shared<Listener>(Listener::adopt(*std::move(passed_socket), listen));
  }
  return std::make_shared<Listener>(Listener::bind(listen));
}

}  // namespace

Slot* Generation::find(std::uint64_t slot_id) noexcept {
  const auto found =
      std::find_if(slots.begin(), slots.end(), [&](const Slot& s) { return s.id == slot_id; });
  return found == slots.end() ? nullptr : &*found;
}

void Generation::set_sockets() const noexcept {
  for (const Slot& slot : slots) {
    slot.listener->set_backlog(slot.settings.backlog);
    slot.listener->set_peer_timeout(settings.limits);
  }
}

protocol::Launch make_launch(const config::Settings& settings, const config::Listen& listen) {
  protocol::Launch launch{.delay = settings.greet.delay,
                          .idle_timeout = settings.limits.idle_timeout,
                          .session_timeout = settings.limits.session_timeout,
                          .sessions = settings.limits.sessions,
                          .sessions_per_source = settings.limits.sessions_per_source,
                          .message_size = settings.greet.message_size,
                          .manager = ::getpid(),
                          .protocol = listen.protocol,
                          .framing = settings.greet.framing,
                          .reporting = {.accepted = settings.log.level <= config::Level::debug,
                                        .sessions = settings.log.level <= config::Level::info}};
  launch.set_welcome(settings.greet.welcome);
  return launch;
}

Generation prepare(const config::Settings& settings, const Generation* previous,
                   PassedSockets& passed, std::uint64_t& next_slot_id) {
  Generation made{.settings = settings, .slots = {}};
  for (const auto& listen : settings.listeners) {
    auto listener = reuse(listen, previous, made);
    if (listener == nullptr) listener = open(listen, passed);
    made.slots.push_back({.id = next_slot_id++,
                          .settings = listen,
                          .listener = std::move(listener),
                          .launch = make_launch(settings, listen),
                          .restarts = {},
                          .start_at = std::nullopt});
  }
  return made;
}

}  // namespace yodel::manager
