#include "manager/supervisor/acceptor.hpp"

#include <algorithm>
#include <csignal>
#include <limits>
#include <span>
#include <unistd.h>
#include <utility>
#include <variant>

#include "manager/supervisor/overloaded.hpp"
#include "manager/supervisor/records.hpp"
#include "manager/supervisor/restart_policy.hpp"
#include "manager/supervisor/session_records.hpp"

namespace yodel::manager {
namespace {

using posix::Clock;

// Events read of one channel before the others, signals and deadlines get their turn.
constexpr int max_events = 1024;

}  // namespace

Acceptor::Acceptor(Parts parts)
    : slot_(parts.slot),
      child_(std::move(parts.child)),
      channel_(std::move(parts.channel)),
      memory_(std::move(parts.memory)),
      predecessors_(std::move(parts.predecessors)),
      launch_(parts.launch),
      ledger_(std::move(parts.origin)),
      signals_(scoreboard(), child_.pid()),
      previous_(parts.launch.revision),
      applied_(parts.launch.revision),
      pong_deadline_(parts.ready_by) {}

bool Acceptor::read_events(log::Records& records) {
  using Kind = Channel::Received::Kind;
  for (int i = 0; i < max_events && !channel_closed_; ++i) {
    const auto received = channel_.receive();
    switch (received.kind) {
      case Kind::nothing: return true;
      case Kind::closed:
        channel_closed_ = true;
        // The last of them is about to end, unless a session has shut the channel down for all.
        signals_.kill_soon(Clock::now());
        break;
      case Kind::event:
        if (received.event) {
          handle(received.sender, *received.event, records);
        } else {
          handle_offence(received.sender, records);
        }
        break;
    }
  }
  return channel_closed_;
}

void Acceptor::handle(pid_t sender, const protocol::Event& event, log::Records& records) {
  const bool from_acceptor = sender == pid();
  const auto* report = std::get_if<protocol::Report>(&event);
  // A session speaks for itself only, and once; the acceptor does not speak as a session.
  const bool is_valid =
      report == nullptr ? from_acceptor : !from_acceptor && ledger_.handle(sender, *report);
  if (!is_valid) return handle_offence(sender, records);
  if (from_acceptor) pong_deadline_.reset();  // whatever it says is a sign of life
  std::visit(
      Overloaded{
          [](const protocol::Report&) {},
          [](const protocol::Alive&) {},
          [&](const protocol::Ready&) {
            predecessors_.clear();
            has_served_ = true;
            if (state_ == State::starting) state_ = State::serving;
          },
          [&](const protocol::Draining& draining) { on_draining(draining, records); },
          [&](const protocol::Applied& applied) { applied_ = applied.revision; },
          // It exits next, and its death does the rest.
          [&](const protocol::SetupFailed& failure) {
            if (is_shortage(failure.error)) loss_ = Loss::short_of;
            records.push_back(records::acceptor_setup_failed(where(), pid(), failure));
          },
          [&](const protocol::Accepted& accepted) {
            records.push_back(records::accepted(origin(), accepted));
          },
          [&](const protocol::Ended& ended) {
            offenders_.forget(ended.pid);
            records.push_back(ledger_.handle(ended));
          },
          [&](const protocol::Unserved& unserved) { records.push_back(ledger_.handle(unserved)); },
          [&](const protocol::AcceptErrors& errors) {
            records.push_back(records::accept_errors(where(), errors));
          },
      },
      event);
}

void Acceptor::on_draining(const protocol::Draining& draining, log::Records& records) {
  if (is_wanted(state_)) {
    loss_ = Loss::terminate_requested;
    records.push_back(draining.reason == protocol::DrainReason::crashes
                          ? records::acceptor_replaced(where(), pid(), counters().crashed)
                          : records::acceptor_told_to_end(where(), pid()));
  }
  state_ = State::stopped;
  previous_ = std::numeric_limits<std::uint32_t>::max();
  signals_.accepts_no_more(Clock::now());
}

// An event that its sender does not send, unless it was taken over.
void Acceptor::handle_offence(pid_t sender, log::Records& records) {
  if (sender == pid()) {
    if (!std::exchange(invalid_event_said_, true)) {
      records.push_back(records::invalid_event(where(), sender));
    }
    return;
  }
  switch (offenders_.judge(sender)) {
    case Offenders::Verdict::first:
      records.push_back(records::invalid_event(where(), sender));
      break;
    case Offenders::Verdict::known: break;
    case Offenders::Verdict::kill:
      signals_.send(sender, SIGKILL);
      records.push_back(records::offender_killed(where(), sender));
      break;
  }
}

// Takes the events that a dead acceptor could not send any more.
void Acceptor::take_waiting_events(log::Records& records) {
  const auto board = scoreboard();
  const auto& header = board.header();
  const std::uint64_t first = header.first;
  const auto waiting = std::min<std::uint64_t>(header.last - first, board.ring().size());
  for (std::uint64_t i = 0; i < waiting; ++i) {
    const auto& encoded = board.ring()[(first + i) % board.ring().size()];
    const auto event = protocol::decode_event(std::as_bytes(std::span(&encoded, 1)));
    // It was killed after it had sent the first of them, and before it noted that.
    if (event && !ledger_.has_reported(*event)) handle(pid(), *event, records);
  }
}

void Acceptor::on_exit(const posix::ChildExit& end, log::Records& records) {
  child_.mark_reaped();
  while (!read_events(records)) {  // its last words may say why
  }
  take_waiting_events(records);
  ledger_.take_over(scoreboard());
  if (scoreboard().header().accepting != 0) {
    records.push_back(records::connection_may_be_lost(where(), pid()));
  }
  scoreboard().header().closed = 1;
  pong_deadline_.reset();
  is_silent_ = false;
  const bool was_wanted = is_wanted(state_);
  state_ = State::stopped;
  // Its sessions were told to end by its death, and close in order; none stays.
  signals_.accepts_no_more(Clock::now());
  signals_.kill_soon(Clock::now());
  if (!was_wanted && end.exited() && end.exit_status() == 0) return;
  records.push_back(records::acceptor_died(where(), pid(), end, counters().running));
}

bool Acceptor::on_orphan(pid_t pid, const posix::ChildExit& end, log::Records& records) {
  auto record = ledger_.take_orphan(pid, end, Clock::now());
  if (!record) return false;
  records.push_back(*std::move(record));
  return true;
}

void Acceptor::close_books(log::Records& records) {
  look_over(Clock::now(), records);
  for (auto& record : ledger_.close(Clock::now()))
    records.push_back(std::move(record));
}

bool Acceptor::apply(const protocol::Launch& launch, log::Records& records) {
  if (launch.revision == launch_.revision) return false;
  const auto id = launch_.scoreboard;
  launch_ = launch;
  launch_.scoreboard = id;
  if (!is_wanted(state_)) return true;
  previous_ = launch.revision;
  // There is room for it, but in an acceptor that reads nothing.
  if (!channel_.send(launch_)) kill(records);
  return true;
}

void Acceptor::ping(Time deadline) noexcept {
  if (is_dead() || pong_deadline_ || is_silent_) return;
  child_.signal_alone(protocol::ping_signal);
  pong_deadline_ = deadline;
}

void Acceptor::drain() noexcept {
  if (state_ != State::stopped) state_ = last_state_ = State::draining;
  previous_ = std::numeric_limits<std::uint32_t>::max();
  child_.signal_alone(protocol::drain_signal);
}

void Acceptor::kill(log::Records& records) {
  records.push_back(records::acceptor_stuck(where(), pid()));
  child_.signal_alone(SIGKILL);
  state_ = State::stopped;
}

void Acceptor::end_sessions(int signal) noexcept {
  // It drains, and gives up a connection for which it has no process.
  child_.signal_alone(signal);
  signals_.begin(signal, Clock::now());
}

void Acceptor::look_over(Time now, log::Records& records) {
  const auto board = scoreboard();
  if (const std::uint64_t lost = board.header().lost; lost > lost_events_said_) {
    records.push_back(records::events_lost(where(), lost - lost_events_said_));
    lost_events_said_ = lost;
  }
  for (const pid_t pid : signals_.kill_overdue(now))
    records.push_back(records::session_overdue(where(), pid));
}

void Acceptor::advance(Time now, log::Records& records) {
  if (pong_deadline_ && *pong_deadline_ <= now) read_events(records);  // its answer may wait here
  if (pong_deadline_ && *pong_deadline_ <= now) {
    pong_deadline_.reset();
    is_silent_ = true;
    records.push_back(state_ == State::starting ? records::acceptor_not_ready(where(), pid())
                                                : records::acceptor_silent(where(), pid()));
    child_.signal_alone(SIGKILL);  // its end, which the kernel will tell, makes room for another
  }
  signals_.advance(now);
  if (!is_gone() && signals_.is_beyond_reach(now)) {
    is_abandoned_ = true;
    scoreboard().header().closed = 1;
    records.push_back(records::acceptor_abandoned(where(), pid()));
  }
}

posix::Deadline Acceptor::next_deadline() const noexcept {
  return posix::earlier(signals_.next(), pong_deadline_);
}

}  // namespace yodel::manager
