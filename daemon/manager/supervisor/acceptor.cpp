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

// How many events to read from one channel before other channels, signals and deadlines get a turn.
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
        // The last process is about to exit, unless a session has shut down the channel for all.
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
  // A session sends one Report, about itself, and nothing else; the acceptor sends no Report.
  const bool is_valid =
      report == nullptr ? from_acceptor : !from_acceptor && ledger_.handle(sender, *report);
  if (!is_valid) return handle_offence(sender, records);
  if (from_acceptor) pong_deadline_.reset();  // any event proves that it is alive
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
          // The acceptor exits next; on_exit() does the rest.
          [&](const protocol::SetupFailed& failure) {
            if (is_shortage(failure.error)) loss_ = Loss::shortage;
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
                          : records::acceptor_terminated(where(), pid()));
  }
  state_ = State::stopped;
  previous_ = std::numeric_limits<std::uint32_t>::max();
  signals_.on_accepting_stopped(Clock::now());
}

// Handles an event that its sender would only send if it were compromised.
void Acceptor::handle_offence(pid_t sender, log::Records& records) {
  if (sender == pid()) {
    if (!std::exchange(invalid_event_reported_, true)) {
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

// Handles the events that the dead acceptor had no room in the channel for.
void Acceptor::handle_waiting_events(log::Records& records) {
  const auto board = scoreboard();
  const auto& header = board.header();
  const std::uint64_t first = header.first;
  const auto waiting = std::min<std::uint64_t>(header.last - first, board.ring().size());
  for (std::uint64_t i = 0; i < waiting; ++i) {
    const auto& encoded = board.ring()[(first + i) % board.ring().size()];
    const auto event = protocol::decode_event(std::as_bytes(std::span(&encoded, 1)));
    // The acceptor may have been killed between sending the first of these and removing it.
    if (event && !ledger_.has_reported(*event)) handle(pid(), *event, records);
  }
}

void Acceptor::on_exit(const posix::ChildExit& end, log::Records& records) {
  child_.mark_reaped();
  while (!read_events(records)) {  // the last events may say why it ended
  }
  handle_waiting_events(records);
  ledger_.take_over(scoreboard());
  if (scoreboard().header().accepting != 0) {
    records.push_back(records::connection_may_be_lost(where(), pid()));
  }
  scoreboard().header().closed = 1;
  pong_deadline_.reset();
  is_silent_ = false;
  const bool was_wanted = is_wanted(state_);
  state_ = State::stopped;
  // Its death signals its sessions to close in order (PR_SET_PDEATHSIG). The rest is killed.
  signals_.on_accepting_stopped(Clock::now());
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

void Acceptor::add_missing_records(log::Records& records) {
  check_scoreboard(Clock::now(), records);
  for (auto& record : ledger_.close(Clock::now()))
    records.push_back(std::move(record));
}

bool Acceptor::apply(const protocol::Launch& launch, log::Records& records) {
  if (launch.revision == launch_.revision) return false;
  const auto previous = std::exchange(launch_, launch);
  launch_.keep_identity(previous);
  if (!is_wanted(state_)) return true;
  previous_ = launch.revision;
  // The socket is full only if the acceptor reads nothing.
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
  // The acceptor drains, and closes a connection that it could not fork a session for.
  child_.signal_alone(signal);
  signals_.begin(signal, Clock::now());
}

void Acceptor::check_scoreboard(Time now, log::Records& records) {
  const auto board = scoreboard();
  if (const std::uint64_t lost = board.header().lost; lost > lost_events_reported_) {
    records.push_back(records::events_lost(where(), lost - lost_events_reported_));
    lost_events_reported_ = lost;
  }
  for (const pid_t pid : signals_.kill_overdue(now))
    records.push_back(records::session_overdue(where(), pid));
}

void Acceptor::advance(Time now, log::Records& records) {
  if (pong_deadline_ && *pong_deadline_ <= now) read_events(records);  // the answer may be there
  if (pong_deadline_ && *pong_deadline_ <= now) {
    pong_deadline_.reset();
    is_silent_ = true;
    records.push_back(state_ == State::starting ? records::acceptor_not_ready(where(), pid())
                                                : records::acceptor_silent(where(), pid()));
    child_.signal_alone(SIGKILL);  // on_exit() follows, and then a replacement
  }
  signals_.advance(now);
  if (!is_gone() && signals_.is_unkillable(now)) {
    is_abandoned_ = true;
    scoreboard().header().closed = 1;
    records.push_back(records::acceptor_abandoned(where(), pid()));
  }
}

posix::Deadline Acceptor::next_deadline() const noexcept {
  return posix::earlier(signals_.next(), pong_deadline_);
}

}  // namespace yodel::manager
