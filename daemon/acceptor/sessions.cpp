#include "acceptor/sessions.hpp"

#include <array>
#include <chrono>
#include <csignal>

namespace yodel::acceptor {
namespace {

using namespace std::chrono_literals;
using posix::Clock;

// An exit signal is lost if the queue of signals is full, RLIMIT_SIGPENDING. So each second a sweep
// checks up to 1,024 sessions one by one.
constexpr auto sweep_interval = 1s;
constexpr int sweep_steps = 16;
constexpr std::size_t sweep_step = 64;
// How often to check whether a predecessor still accepts, and then whether its sessions have ended.
constexpr std::chrono::milliseconds handover_interval = 5ms;
constexpr std::chrono::milliseconds predecessors_interval = 100ms;

AdmissionLimits limits_of(const protocol::Launch& launch) noexcept {
  return {.sessions = launch.sessions, .per_source = launch.sessions_per_source};
}

// Returns when a session that observes its session_timeout has ended at the latest, even if its
// peer delays the close; the epoch if it has no timeout.
Clock::time_point overdue_at(const protocol::Launch& launch, Clock::time_point accepted) noexcept {
  constexpr auto margin = 30s;
  if (launch.session_timeout == 0ms) return {};
  return accepted + launch.session_timeout + margin;
}

}  // namespace

Sessions::Sessions(const protocol::Launch& launch, protocol::Scoreboard scoreboard,
                   EventSender& events)
    : launch_(launch),
      scoreboard_(scoreboard),
      events_(events),
      table_(scoreboard, launch.scoreboard.capacity),
      predecessors_(launch),
      admission_(limits_of(launch), launch.scoreboard.capacity + predecessors_.capacity()) {}

void Sessions::apply_limits() noexcept {
  admission_.set_limits(limits_of(launch_));
}

tl::expected<Sessions::Admitted, protocol::AcceptError> Sessions::admit(int connection,
                                                                        protocol::Peer& peer,
                                                                        Time accepted) noexcept {
  using protocol::AcceptError;
  if (const auto proxies = launch_.proxy_from.view(); !proxies.empty()) {
    const auto client = proxy_reader_.read(connection, peer, proxies);
    if (!client) return refuse(client.error());
    peer = *client;
  }
  // A proxy that checks this server's health comes from no client.
  const bool is_allowed =
      peer.via == protocol::Via::health_check || protocol::is_allowed(launch_.allow.view(), peer);
  if (!is_allowed) return refuse(AcceptError::not_allowed);
  if (!admission_.admit(peer)) return refuse(AcceptError::source_full);
  auto& counters = scoreboard_.header();
  const std::uint64_t number = counters.accepted + 1;
  const auto index = table_.add({.number = number,
                                 .peer = peer,
                                 .accepted = accepted,
                                 .overdue = overdue_at(launch_, accepted),
                                 .revision = launch_.revision});
  counters.accepted = number;
  return Admitted{.index = index, .number = number};
}

tl::unexpected<protocol::AcceptError> Sessions::refuse(protocol::AcceptError why) noexcept {
  ++scoreboard_.header().refused;
  return tl::unexpected(why);
}

void Sessions::give_up(SessionTable::Index index) noexcept {
  const auto& entry = table_.at(index);
  events_.send(protocol::Unserved{.number = entry.number, .peer = entry.peer});
  admission_.release(entry.peer);
  table_.remove(index);
}

void Sessions::reap(pid_t pid) noexcept {
  const auto index = table_.find(pid);
  if (index == SessionTable::none) return;  // the sweep was faster, or the signal is not a child's
  const auto end = posix::reap(pid);
  if (!end) return;
  const auto& entry = table_.at(index);
  account_for(entry, *end);
  admission_.release(entry.peer);
  table_.remove(index);  // last, because the manager reports what is left on the scoreboard
}

void Sessions::account_for(const protocol::ScoreboardEntry& entry,
                           const posix::ChildExit& end) noexcept {
  const bool crashed = protocol::is_crash(end.status);
  if (crashed) ++scoreboard_.header().crashed;
  // A peer cannot cause a SIGKILL. It comes from a process of this host or from the OOM killer.
  if (crashed && end.signal() != SIGKILL) ++crashes_;
  if (!crashed && !launch_.reporting.sessions) return;
  events_.send(protocol::Ended{.number = entry.number,
                               .peer = entry.peer,
                               .pid = entry.pid,
                               .wait_status = end.status,
                               .cpu_time = end.cpu_time,
                               .duration = std::chrono::duration_cast<std::chrono::microseconds>(
                                   Clock::now() - entry.accepted)});
}

void Sessions::sweep(Time now) noexcept {
  if (now >= next_update_ && !predecessors_.are_gone()) {
    predecessors_.update(admission_);
    next_update_ = now + (have_taken_over() ? predecessors_interval : handover_interval);
  }
  if (now < next_sweep_) return;
  next_sweep_ = now + sweep_interval;
  for (int i = 0; i < sweep_steps && table_.size() > 0; ++i) {
    std::array<pid_t, sweep_step> pids{};
    for (const pid_t pid : table_.next(pids))
      reap(pid);
  }
}

posix::Deadline Sessions::next_sweep() const noexcept {
  posix::Deadline next;
  if (table_.size() > 0) next = next_sweep_;
  return predecessors_.are_gone() ? next : posix::earlier(next, next_update_);
}

}  // namespace yodel::acceptor
