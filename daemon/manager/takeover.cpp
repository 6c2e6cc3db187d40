#include "manager/takeover.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <vector>

#include "manager/shared_port.hpp"
#include "manager/systemd/exit_status.hpp"
#include "protocol/endpoint.hpp"
#include "protocol/launch.hpp"

namespace yodel::manager {
namespace {

using Entry = Generation::Entry;

std::string why_not_replaceable(const Listener& listener) {
  if (listener.belongs_to_unit()) {
    return "which systemd created and only systemd can replace; run 'yodeld-seal on' again, or "
           "change the socket unit";
  }
  return manager::why_not_replaceable(listener.descriptor());
}

// Throws StartError.
void require_replaceable(const Listener& listener, const config::Listen& listen) {
  const auto why = why_not_replaceable(listener);
  if (why.empty()) return;
  throw StartError(ExitStatus::unavailable,
                   fmt::format("cannot listen at {}: it overlaps with {}, {}",
                               to_string(listen.endpoint), listener.text(), why));
}

// Returns the sockets of `previous` that overlap with `endpoint`, including those that `previous`
// itself has replaced.
std::vector<int> sockets_at(const protocol::Endpoint& endpoint, const Generation& previous) {
  std::vector<int> found;
  for (const Entry& entry : previous.slots) {
    if (overlap(entry.listener->bound(), endpoint)) found.push_back(entry.listener->descriptor());
    for (const Replaced& replaced : entry.replaced) {
      if (replaced.socket && overlap(replaced.bound, endpoint)) {
        found.push_back(replaced.socket->get());
      }
    }
  }
  return found;
}

bool has_listener(const Generation& generation, const std::shared_ptr<Listener>& listener) {
  return std::any_of(generation.slots.begin(), generation.slots.end(),
                     [&](const Entry& entry) { return entry.listener == listener; });
}

// Assigns a replaced socket to the listeners of `made` that overlap with it. Each of them counts
// its sessions. Only the first one gets the socket and accepts there, preferably one with the same
// protocol.
void assign(Replaced replaced, protocol::Protocol protocol, Generation& made) {
  std::vector<Entry*> successors;
  for (Entry& entry : made.slots) {
    if (entry.listener->is_listening() || !overlap(entry.listener->bound(), replaced.bound)) {
      continue;
    }
    successors.push_back(&entry);
  }
  std::stable_partition(successors.begin(), successors.end(),
                        [&](const Entry* entry) { return entry->launch.protocol == protocol; });
  for (Entry* entry : successors) {
    entry->replaced.push_back(replaced);
    replaced.socket.reset();
  }
}

// Throws StartError.
void require_room(const Entry& entry) {
  const auto count = std::count_if(entry.replaced.begin(), entry.replaced.end(),
                                   [](const Replaced& replaced) { return bool(replaced.socket); });
  if (static_cast<std::size_t>(count) <= protocol::max_retired) return;
  throw StartError(
      ExitStatus::unavailable,
      fmt::format("cannot listen at {}: it would replace {} sockets, including those of the last "
                  "minute, expected at most {}; try again in a minute, or restart the daemon: "
                  "systemctl restart yodeld",
                  entry.listener->text(), count, protocol::max_retired));
}

// Throws StartError.
void listen_all(const Generation& made, const Generation& previous) {
  // Wildcard addresses listen first. They get no connection before the narrower sockets are
  // diverted, so if a later socket fails, no connection is lost with them.
  for (const bool is_wide : {true, false}) {
    for (const Entry& entry : made.slots) {
      Listener& listener = *entry.listener;
      if (listener.is_listening() || is_wildcard(listener.bound()) != is_wide) continue;
      auto sockets = sockets_at(listener.bound(), previous);
      sockets.push_back(listener.descriptor());
      const SharedPort shared(std::move(sockets));
      listener.start_listening(entry.settings);
    }
  }
}

}  // namespace

std::shared_ptr<Listener> bind_in_place(const config::Listen& listen, const Generation& previous) {
  for (const Entry& entry : previous.slots) {
    if (overlap(entry.listener->bound(), listen.endpoint)) {
      require_replaceable(*entry.listener, listen);
    }
  }
  auto others = sockets_at(listen.endpoint, previous);
  if (others.empty()) return nullptr;
  return std::make_shared<Listener>(Listener::bind_beside(std::move(others), listen));
}

void assign_replaced(Generation& made, const Generation& previous, posix::Clock::time_point now) {
  for (const Entry& entry : previous.slots) {
    if (has_listener(made, entry.listener)) continue;
    const auto& listener = entry.listener;
    const auto protocol = entry.launch.protocol;
    assign({.bound = listener->bound(),
            .where = listener->text(),
            .socket = {listener, &listener->socket()},
            .until = now + replaced_time},
           protocol, made);
    for (const Replaced& replaced : entry.replaced) {
      if (replaced.socket) assign(replaced, protocol, made);
    }
  }
  for (const Entry& entry : made.slots)
    require_room(entry);
}

bool is_replaced(const Listener& listener, const Generation& made) noexcept {
  const auto is_this = [&](const Replaced& replaced) {
    return replaced.socket.get() == &listener.socket();
  };
  return std::any_of(made.slots.begin(), made.slots.end(), [&](const Entry& entry) {
    return std::any_of(entry.replaced.begin(), entry.replaced.end(), is_this);
  });
}

Event start_listening(const Generation& made, const Generation& previous) {
  try {
    listen_all(made, previous);
    return event::Listening{};
  } catch (const StartError& error) {
    return event::NotListening{error.what()};
  }
}

std::set<std::pair<std::string, std::string>> divert_replaced(const Generation& made,
                                                              const Generation& previous) {
  std::set<std::string> before;
  for (const Entry& entry : previous.slots)
    before.insert(entry.listener->text());
  std::set<std::pair<std::string, std::string>> found;
  for (const Entry& entry : made.slots) {
    const bool is_new = !has_listener(previous, entry.listener);
    for (const Replaced& replaced : entry.replaced) {
      if (replaced.socket) divert(replaced.socket->get());
      if (is_new && before.contains(replaced.where))
        found.emplace(replaced.where, entry.listener->text());
    }
  }
  return found;
}

}  // namespace yodel::manager
