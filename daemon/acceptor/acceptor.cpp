#include "acceptor/acceptor.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <poll.h>
#include <span>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

#include "acceptor/incoming.hpp"

namespace yodel::acceptor {
namespace {

using namespace std::chrono_literals;
using posix::Clock;
using protocol::AcceptError;
using protocol::DrainReason;

constexpr auto back_off_time = 50ms;  // the pause after an accept or a fork has failed
// Returns the signal that a session's exit sends. Real-time signals are queued and carry the pid,
// signal(7), for which waitpid(2) takes 0.7 µs. waitpid(-1) walks all children: 15 µs with 1,000 of
// them, 4.2 ms with 30,000.
int exit_signal() noexcept {
  return SIGRTMIN;
}

// Static, because on the stack it would make every session touch one more page.
protocol::Launch previous_launch;

}  // namespace

const posix::SignalSet& Acceptor::signals() noexcept {
  static const posix::SignalSet set{protocol::end_signal, protocol::hurry_signal,
                                    protocol::ping_signal, protocol::drain_signal, exit_signal()};
  return set;
}

Acceptor::Acceptor(protocol::Launch& launch, Descriptors descriptors, posix::ProcessTitle title,
                   const ForkKey& key)
    : launch_(launch),
      descriptors_(std::move(descriptors)),
      title_(title),
      key_(key),
      self_(::getpid()),
      memory_(posix::SharedMemory::attach(launch.scoreboard.segment,
                                          protocol::Scoreboard::size(launch.scoreboard.capacity),
                                          posix::SharedMemory::Access::write)),
      scoreboard_(memory_.bytes(), launch.scoreboard.capacity),
      events_(descriptors_.channel, scoreboard_),
      sessions_(launch, scoreboard_, events_) {}

void Acceptor::run() noexcept {
  events_.send(protocol::Ready{});
  // After too many crashes it ends at once, and PR_SET_PDEATHSIG ends its sessions.
  while (!sessions_.crashed_too_often() && (!draining_ || sessions_.running() > 0 || pending_)) {
    if (events_.is_broken()) return;  // nobody would hear of new connections
    wait();
    const auto now = Clock::now();
    sessions_.sweep(now);
    report(now);
  }
  if (sessions_.crashed_too_often()) return drain(DrainReason::crashes);
  // Flush counts that no later event will carry.
  report(Clock::now() + RateLimitedLog::interval);
  while (events_.has_waiting())
    wait();
}

bool Acceptor::may_accept() const noexcept {
  return !draining_ && !pending_ && sessions_.have_taken_over();
}

posix::Deadline Acceptor::next_deadline() const noexcept {
  posix::Deadline deadline = error_log_.next_due();
  const auto now = Clock::now();
  if (pending_ || now < retry_) deadline = posix::earlier(deadline, retry_);
  deadline = posix::earlier(deadline, descriptors_.retired.next_due(now));
  return posix::earlier(deadline, sessions_.next_sweep());
}

// Waits for the next events and handles them.
void Acceptor::wait() noexcept {
  const auto deadline = next_deadline();
  if (sessions_.has_room()) full_was_noted_ = false;
  const bool listening =
      may_accept() && Clock::now() >= retry_ && (sessions_.has_room() || !full_was_noted_);
  // poll(2) ignores negative descriptors.
  constexpr std::size_t own = 4;
  std::array<pollfd, own + protocol::max_retired> all{{
      {.fd = descriptors_.signals.get(), .events = POLLIN, .revents = 0},
      {.fd = events_.has_waiting() ? descriptors_.channel : -1, .events = POLLOUT, .revents = 0},
      {.fd = descriptors_.control, .events = POLLIN, .revents = 0},
      {.fd = listening ? descriptors_.listener.get() : -1, .events = POLLIN, .revents = 0},
  }};
  std::span<pollfd> retired;
  if (listening) retired = descriptors_.retired.watch(std::span(all).subspan(own));
  const auto fds = std::span(all).first(own + retired.size());
  if (posix::poll_until(fds, deadline) < 0) {
    if (errno != EINTR) posix::poll_until({}, Clock::now() + back_off_time);  // ENOMEM
    return;
  }
  // Handle one event of each kind per turn, so that no kind starves another. New connections come
  // first: their peers are waiting.
  for (const pollfd& listener : fds.subspan(own - 1)) {
    if (listener.revents != 0 && !pending_) on_listener(listener.fd);
    if (pending_ && Clock::now() >= retry_) start_session();
  }
  if (!retired.empty()) descriptors_.retired.close_expired(retired, Clock::now());
  if (fds[0].revents != 0) handle_signal();
  if (fds[1].revents != 0) events_.flush();
  if (fds[2].revents != 0) apply_settings();
}

void Acceptor::on_listener(int listener) noexcept {
  if (sessions_.has_room()) return accept_one(listener);
  full_was_noted_ = true;
  error_log_.note(AcceptError::sessions_full, 0);
}

void Acceptor::apply_settings() noexcept {
  std::array<std::byte, sizeof(protocol::Launch) + 1> record{};
  const ssize_t size = ::recv(descriptors_.control, record.data(), record.size(), MSG_DONTWAIT);
  if (size <= 0) {
    descriptors_.control = -1;  // the manager has died, and its death is about to kill us
    return;
  }
  const auto launch =
      protocol::decode_launch(std::span(record).first(static_cast<std::size_t>(size)));
  const bool is_for_us =
      launch && launch->protocol == launch_.protocol && launch->scoreboard == launch_.scoreboard;
  if (!is_for_us) return;  // the manager notices that no Applied comes
  // A connection that still waits for a process keeps the settings with which it was accepted: it
  // has already been sent their welcome.
  if (pending_ && pending_launch_ == &launch_) {
    previous_launch = launch_;
    pending_launch_ = &previous_launch;
  }
  launch_ = *launch;
  sessions_.apply_limits();
  events_.send(protocol::Applied{.revision = launch_.revision});
}

void Acceptor::handle_signal() noexcept {
  const auto signal = signals().take_waiting();
  if (!signal) return;
  switch (signal->si_signo) {
    case protocol::ping_signal: events_.send(protocol::Alive{}); break;
    case protocol::drain_signal: drain(DrainReason::requested); break;
    case protocol::end_signal:
    case protocol::hurry_signal:
      drain(DrainReason::requested);
      give_up_pending();
      break;
    default: sessions_.reap(signal->si_pid); break;
  }
}

void Acceptor::drain(DrainReason reason) noexcept {
  if (draining_) return;
  draining_ = true;
  descriptors_.listener.reset();
  descriptors_.retired.close_all();
  scoreboard_.header().closed = 1;
  events_.send(protocol::Draining{.reason = reason});
}

// Closes the connection that still waits for a process.
void Acceptor::give_up_pending() noexcept {
  if (!pending_) return;
  sessions_.give_up(pending_entry_);
  pending_.reset();
  connection_.reset();
}

void Acceptor::report(Time now) noexcept {
  while (const auto errors = error_log_.due(now))
    events_.send(*errors);
}

void Acceptor::accept_one(int listener) noexcept {
  auto& accepting = scoreboard_.header().accepting;
  accepting = 1;
  auto incoming = accept_next(listener);
  if (!incoming.connection) accepting = 0;
  // EINVAL is no error: the manager shuts a stored listener down after it has told us to drain, and
  // one that replaces another does not listen until the reload has succeeded.
  if (incoming.error == EINVAL) {
    retry_ = Clock::now() + back_off_time;
  } else if (incoming.error != 0) {
    back_off(AcceptError::accept_failed, incoming.error);
  }
  if (!incoming.connection) return;
  const auto accepted = Clock::now();
  const auto admitted = sessions_.admit(incoming.connection.get(), incoming.peer, accepted);
  accepting = 0;
  if (!admitted) {
    error_log_.note(admitted.error(), 0, incoming.peer);
    if (admitted.error() == AcceptError::source_full)
      return turn_away(std::move(incoming.connection));
    return reset(std::move(incoming.connection));
  }
  pending_entry_ = admitted->index;
  pending_launch_ = &launch_;
  connection_ = std::move(incoming.connection);
  // Send the welcome before the fork, so that the peer need not wait for it: the first byte arrives
  // after 173 µs rather than 257.
  pending_ =
      session::Connection{.fd = connection_.get(),
                          .number = admitted->number,
                          .peer = incoming.peer,
                          .accepted = accepted,
                          .welcome_sent = send_at_once(connection_.get(), first_words(launch_))};
  if (launch_.reporting.accepted) {
    events_.send(protocol::Accepted{.number = admitted->number, .peer = incoming.peer});
  }
}

void Acceptor::start_session() noexcept {
  // Format the peer's address here, where the pages that this touches are mapped already. It would
  // cost a session 2.5 page faults.
  protocol::PeerText text{};
  const auto peer_text = write_text(pending_->peer, text);
  const pid_t pid = key_.fork(exit_signal());
  if (pid < 0) {
    back_off(AcceptError::fork_failed, errno);
    return;
  }
  if (pid == 0) {
    // A session keeps only its connection and the channel.
    descriptors_.listener.reset();
    descriptors_.retired.close_all();
    descriptors_.signals.reset();
    ::close(descriptors_.control);
    ::_exit(session::run(*pending_, *pending_launch_,
                         {.acceptor = self_, .title = title_, .peer_text = peer_text}));
  }
  sessions_.start(pending_entry_, pid);
  pending_.reset();
  connection_.reset();
}

void Acceptor::back_off(AcceptError kind, int error) noexcept {
  error_log_.note(kind, error);
  retry_ = Clock::now() + back_off_time;
}

}  // namespace yodel::acceptor
