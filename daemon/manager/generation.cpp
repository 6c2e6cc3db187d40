#include "manager/generation.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <unistd.h>
#include <utility>

#include "manager/socket_options.hpp"
#include "manager/takeover.hpp"

namespace yodel::manager {
namespace {

const Generation::Entry* find_listener(const config::Listen& listen, const Generation* previous,
                                       const Generation& made) {
  if (previous == nullptr) return nullptr;
  for (const auto& old : previous->slots) {
    // A socket of a unit is matched against the new file again. A Unix socket whose file has been
    // removed is created again.
    if (old.listener->belongs_to_unit() || !old.listener->is_reachable()) continue;
    // Two listeners with port 0 may look the same, so skip a socket that is already taken.
    const bool taken = std::any_of(made.slots.begin(), made.slots.end(),
                                   [&](const auto& s) { return s.listener == old.listener; });
    const bool same =
        old.settings.endpoint == listen.endpoint || old.listener->bound() == listen.endpoint;
    if (!taken && same) return &old;
  }
  return nullptr;
}

// Returns the entry that has the same socket, or null. A socket unit's socket can be claimed again.
const Generation::Entry* find_same_socket(const Listener& listener, const Generation* previous) {
  if (previous == nullptr) return nullptr;
  const auto found =
      std::find_if(previous->slots.begin(), previous->slots.end(),
                   [&](const auto& old) { return old.listener->is_same_socket(listener); });
  return found == previous->slots.end() ? nullptr : &*found;
}

// Returns whether the acceptor of `old` can apply the settings of `next` without being replaced.
// Its system call filter is for one protocol, its tables have a fixed size, and its sessions learn
// at their start what to report.
bool can_go_on(const Generation::Entry& old, const protocol::Launch& next) {
  return old.launch.protocol == next.protocol && old.launch.reporting == next.reporting &&
         next.sessions <= old.launch.scoreboard.capacity;
}

// Returns `next` adapted to an acceptor that goes on. Unchanged settings keep their revision, so
// that no session counts as having previous settings.
protocol::Launch following(const protocol::Launch& old, protocol::Launch next) {
  next.scoreboard = old.scoreboard;
  next.revision = old.revision;
  if (next != old) ++next.revision;
  return next;
}

// Returns after how many seconds of silence the kernel probes a peer, or 0 if it does not.
std::uint32_t keepalive_of(const config::Listen& listen, const config::Limits& limits) {
  if (listen.endpoint.family == protocol::Family::local || limits.peer_timeout.count() == 0)
    return 0;
  return static_cast<std::uint32_t>(keepalive_for(limits.peer_timeout).idle);
}

// Returns who answers: the listener's name, or else the host's.
protocol::LaunchText<protocol::max_host_size> host_of(const config::Listen& listen) {
  using Host = protocol::LaunchText<protocol::max_host_size>;
  if (!listen.name.empty()) return Host(listen.name);
  std::array<char, protocol::max_host_size + 1> name{};  // HOST_NAME_MAX is 64
  (void)::gethostname(name.data(), name.size() - 1);
  return Host(name.data());
}

std::shared_ptr<Listener> open(const config::Listen& listen, const config::Settings& settings,
                               const Generation* previous, PassedSockets& passed) {
  if (auto passed_socket = passed.claim(listen, settings.listeners)) {
    return std::make_shared<Listener>(Listener::adopt(*std::move(passed_socket), listen));
  }
  if (previous != nullptr) {
    if (auto listener = bind_in_place(listen, *previous)) return listener;
  }
  return std::make_shared<Listener>(Listener::bind(listen));
}

}  // namespace

Plan Generation::plan() const {
  Plan plan{.slots = {}, .grace = settings.shutdown.grace};
  for (const Entry& entry : slots)
    plan.slots.insert(entry.id);
  return plan;
}

Slot Generation::Entry::slot() const {
  return {.id = id,
          .listener = listener->descriptor(),
          .where = listener->text(),
          .launch = launch,
          .replaced = replaced};
}

std::set<SlotId> Generation::new_slots(const Generation& previous) const {
  auto ids = plan().slots;
  for (const Entry& entry : previous.slots)
    ids.erase(entry.id);
  return ids;
}

EndTimes Generation::end_times(posix::Clock::time_point now) const {
  const auto end = now + settings.reload.grace;
  const auto hurry = end + settings.shutdown.grace;
  return {.end = end, .hurry = hurry, .kill = hurry + SessionSignals::kill_time};
}

void Generation::drop_expired(posix::Clock::time_point now) noexcept {
  for (Entry& entry : slots)
    manager::drop_expired(entry.replaced, now);
}

void Generation::set_sockets() const noexcept {
  for (const Entry& entry : slots) {
    entry.listener->set_backlog(entry.settings.backlog);
    entry.listener->set_peer_timeout(limits_of(entry.settings, settings.limits));
    entry.listener->set_buffers(entry.settings.socket_buffer);
    entry.listener->set_arrival_records(entry.settings.protocol);
    entry.listener->set_wait_for_header(!entry.settings.proxy_from.empty());
  }
}

void Generation::store_listeners(Notifier& notify) const {
  if (!notify.has_store()) return;
  for (const Entry& entry : slots) {
    Listener& listener = *entry.listener;
    if (!listener.stored_as().empty() || listener.belongs_to_unit()) continue;
    listener.set_stored_as(store_name(listener.bound()));
    notify.store(listener.stored_as(), listener.descriptor());
  }
}

void Generation::forget_listeners(const Generation& next, Notifier& notify) const {
  for (const Entry& entry : slots) {
    Listener& listener = *entry.listener;
    const bool goes_on = std::any_of(next.slots.begin(), next.slots.end(), [&](const Entry& other) {
      return other.listener == entry.listener;
    });
    if (goes_on || listener.stored_as().empty()) continue;
    notify.forget(listener.stored_as());
    if (is_replaced(listener, next)) {
      listener.set_stored_as({});
    } else {
      listener.end();
    }
  }
}

protocol::Launch make_launch(const config::Settings& settings, const config::Listen& listen) {
  // A minimum, so that raising `sessions` up to it does not need another acceptor. Unused room
  // takes no memory.
  constexpr std::uint32_t min_capacity = 1024;
  const auto limits = limits_of(listen, settings.limits);
  const auto capacity = std::max(limits.sessions, min_capacity);
  protocol::Launch launch{.scoreboard = {.capacity = std::bit_ceil(capacity)},
                          .delay = settings.greet.delay,
                          .idle_timeout = limits.idle_timeout,
                          .session_timeout = limits.session_timeout,
                          .sessions = limits.sessions,
                          .sessions_per_source = limits.sessions_per_source,
                          .message_size = settings.greet.message_size,
                          .manager = ::getpid(),
                          .protocol = listen.protocol,
                          .framing = settings.greet.framing,
                          .reporting = {.accepted = settings.log.level <= config::Level::debug,
                                        .sessions = settings.log.level <= config::Level::info}};
  launch.set_welcome(settings.greet.welcome);
  launch.allow = protocol::NetworkList(listen.allow);
  launch.proxy_from = protocol::NetworkList(listen.proxy_from);
  if (listen.protocol == protocol::Protocol::probe) {
    launch.probe = {.max_size = settings.probe.max_size,
                    .keepalive = keepalive_of(listen, limits),
                    .host = host_of(listen)};
  }
  return launch;
}

Generation prepare(const config::Settings& settings, const Generation* previous,
                   PassedSockets& passed, SlotId& next_slot_id) {
  Generation made{.settings = settings, .slots = {}};
  for (const auto& listen : settings.listeners) {
    Generation::Entry entry{
        .settings = listen, .listener = nullptr, .launch = make_launch(settings, listen)};
    const auto* old = find_listener(listen, previous, made);
    if (old == nullptr) {
      entry.listener = open(listen, settings, previous, passed);
      old = find_same_socket(*entry.listener, previous);
    } else {
      entry.listener = old->listener;
    }
    if (old != nullptr) entry.replaced = old->replaced;
    if (old != nullptr && can_go_on(*old, entry.launch)) {
      entry.id = old->id;
      entry.launch = following(old->launch, entry.launch);
    } else {
      entry.id = next_slot_id++;
    }
    made.slots.push_back(std::move(entry));
  }
  if (previous != nullptr) assign_replaced(made, *previous, posix::Clock::now());
  return made;
}

}  // namespace yodel::manager
