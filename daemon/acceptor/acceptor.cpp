#include "acceptor/acceptor.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <poll.h>
#include <string_view>
#include <unistd.h>
#include <utility>

#include "acceptor/incoming.hpp"

namespace yodel::acceptor {
namespace {

using namespace std::chrono_literals;
using posix::Clock;
using protocol::Trouble;

// How long accepting rests when the system is short of something.
constexpr auto back_off_time = 50ms;
// How often the manager hears of changed counters.
constexpr auto counters_interval = 1s;
// An exit signal is lost when the queue of signals is full, RLIMIT_SIGPENDING. So every so often
// some sessions are looked at one by one.
constexpr auto sweep_interval = 1s;
constexpr int sweep_steps = 16;
constexpr std::size_t sweep_step = 64;

// What a session's end sends to the acceptor. A real-time signal, since those are queued, one for
// each session with its pid, signal(7): reaping then takes constant time, where wait(2) for any
// child walks through all of them.
int exit_signal() noexcept {
  return SIGRTMIN;
}

// Returns what the server says first.
std::string_view first_words(const protocol::Launch& launch) noexcept {
  switch (launch.protocol) {
    case protocol::Protocol::greet: return launch.welcome();
    case protocol::Protocol::echo: break;
  }
  return {};
}

}  // namespace

const posix::SignalSet& Acceptor::signals() noexcept {
  static const posix::SignalSet set{protocol::ping_signal, protocol::drain_signal,
                                    protocol::end_signal, protocol::hurry_signal, exit_signal()};
  return set;
}

Acceptor::Acceptor(const protocol::Launch& launch, Descriptors descriptors,
                   posix::ProcessTitle title, const ForkKey& key)
    : launch_(launch),
      descriptors_(std::move(descriptors)),
      title_(title),
      key_(key),
      self_(::getpid()),
      sessions_(launch.sessions),
      admission_(launch.sessions, launch.sessions_per_source),
      events_(descriptors_.channel) {}

void Acceptor::run() noexcept {
  events_.send(protocol::Ready{});
  while (!draining_ || sessions_.size() > 0 || pending_) {
    // Without its channel it serves nobody's purpose; the manager starts another.
    if (events_.is_broken()) return;
    wait();
    const auto now = Clock::now();
    sweep(now);
    report(now);
  }
  may_report_ = {};
  report(Clock::now());
  // What was counted since the last record of its kind, and has no later one to wait for.
  while (const auto trouble = troubles_.due(Clock::now() + TroubleLog::interval))
    events_.send(*trouble);
  while (events_.has_waiting())
    wait();
}

bool Acceptor::may_accept() const noexcept {
  return !draining_ && !pending_ && admission_.has_room();
}

// Waits for whatever comes next, and deals with all of it but new connections.
void Acceptor::wait() noexcept {
  const bool resting = Clock::now() < retry_;
  posix::Deadline deadline = troubles_.next_due();
  if (resting || pending_) deadline = posix::earlier(deadline, retry_);
  if (counters_ != last_reported_) deadline = posix::earlier(deadline, may_report_);
  if (sessions_.size() > 0) deadline = posix::earlier(deadline, next_sweep_);

  const bool accepting = may_accept() && !resting;
  // poll(2) passes over negative descriptors.
  std::array<pollfd, 3> fds{{
      {.fd = descriptors_.signals.get(), .events = POLLIN, .revents = 0},
      {.fd = events_.has_waiting() ? descriptors_.channel : -1, .events = POLLOUT, .revents = 0},
      {.fd = accepting ? descriptors_.listener.get() : -1, .events = POLLIN, .revents = 0},
  }};
  if (posix::poll_until(fds, deadline) < 0) {
    if (errno != EINTR) posix::poll_until({}, Clock::now() + back_off_time);  // short of memory
    return;
  }
  // Of each kind one in a turn, so that none keeps the others waiting. New connections go first:
  // somebody waits for them.
  if (fds[2].revents != 0) accept_one();
  if (pending_ && Clock::now() >= retry_) start_session();
  if (fds[0].revents != 0) take_signal();
  if (fds[1].revents != 0) events_.flush();
}

void Acceptor::take_signal() noexcept {
  const auto signal = signals().take_waiting();
  if (!signal) return;
  switch (signal->si_signo) {
    case protocol::ping_signal: events_.send(protocol::Alive{}); break;
    case protocol::drain_signal: drain(); break;
    case protocol::end_signal:
    case protocol::hurry_signal:
      give_up_pending();
      drain();
      break;
    default: reap(signal->si_pid); break;
  }
}

void Acceptor::drain() noexcept {
  if (draining_) return;
  draining_ = true;
  may_report_ = {};  // how many sessions are waited for is news
  descriptors_.listener.reset();
  events_.send(protocol::Draining{});
}

// Told to end: a connection for which there is still no process will not get one.
void Acceptor::give_up_pending() noexcept {
  if (!draining_ || !pending_) return;
  troubles_.note(Trouble::fork_failed, EAGAIN);
  admission_.release(pending_->peer);
  pending_.reset();
  connection_.reset();
}

void Acceptor::reap(pid_t pid) noexcept {
  const Session* session = sessions_.find(pid);
  if (session == nullptr) return;  // somebody else's signal, or the sweep was faster
  const auto ending = posix::reap(pid);
  if (!ending) return;
  account_for(pid, *session, *ending);
  admission_.release(session->peer);
  sessions_.remove(pid);
  counters_.running = sessions_.size();
}

void Acceptor::account_for(pid_t pid, const Session& session,
                           const posix::Ending& ending) noexcept {
  const bool crashed = protocol::is_crash(ending.status);
  if (crashed) ++counters_.crashed;
  if (!crashed && !launch_.reporting.sessions) return;
  events_.send(protocol::Ended{.number = session.number,
                               .peer = session.peer,
                               .pid = pid,
                               .wait_status = ending.status,
                               .cpu_time = ending.cpu_time,
                               .duration = std::chrono::duration_cast<std::chrono::microseconds>(
                                   Clock::now() - session.accepted)});
}

void Acceptor::sweep(Time now) noexcept {
  if (now < next_sweep_ || sessions_.size() == 0) return;
  next_sweep_ = now + sweep_interval;
  for (int i = 0; i < sweep_steps; ++i) {
    std::array<pid_t, sweep_step> pids{};
    for (const pid_t pid : sessions_.next(pids))
      reap(pid);
  }
}

void Acceptor::report(Time now) noexcept {
  if (const auto lost = events_.take_lost(); lost > 0)
    troubles_.note(Trouble::events_lost, 0, lost);
  while (const auto trouble = troubles_.due(now))
    events_.send(*trouble);
  if (counters_ != last_reported_ && now >= may_report_) {
    events_.send(counters_);
    last_reported_ = counters_;
    may_report_ = now + counters_interval;
  }
}

void Acceptor::accept_one() noexcept {
  auto incoming = accept_next(descriptors_.listener.get());
  if (incoming.error != 0) back_off(Trouble::accept_failed, incoming.error);
  if (!incoming.connection) return;
  const auto accepted = Clock::now();
  if (!admission_.admit(incoming.peer)) {
    ++counters_.refused;
    troubles_.note(Trouble::source_full, 0);
    turn_away(std::move(incoming.connection));
    return;
  }
  connection_ = std::move(incoming.connection);
  // The welcome leaves before the fork, which the peer need not wait for: the first byte comes
  // after 173 µs and not after 257.
  pending_ =
      session::Connection{.fd = connection_.get(),
                          .number = ++counters_.accepted,
                          .peer = incoming.peer,
                          .accepted = accepted,
                          .welcome_sent = send_at_once(connection_.get(), first_words(launch_))};
  if (launch_.reporting.accepted) {
    events_.send(protocol::Accepted{.number = pending_->number, .peer = incoming.peer});
  }
}

void Acceptor::start_session() noexcept {
  // Made here, where the pages that it takes are mapped already: 2.5 page faults of a session.
  protocol::PeerText text{};
  const auto peer_text = write_text(pending_->peer, text);
  const pid_t pid = key_.fork(exit_signal());
  if (pid < 0) {
    back_off(Trouble::fork_failed, errno);
    return;
  }
  if (pid == 0) {
    // A session holds its connection and the channel.
    descriptors_.listener.reset();
    descriptors_.signals.reset();
    ::_exit(session::run(*pending_, launch_,
                         {.acceptor = self_, .title = title_, .peer_text = peer_text}));
  }
  sessions_.add(
      pid, {.number = pending_->number, .peer = pending_->peer, .accepted = pending_->accepted});
  counters_.running = sessions_.size();
  pending_.reset();
  connection_.reset();
}

void Acceptor::back_off(Trouble trouble, int error) noexcept {
  troubles_.note(trouble, error);
  retry_ = Clock::now() + back_off_time;
}

}  // namespace yodel::acceptor
