#include "manager/supervisor/acceptor.hpp"

#include <csignal>
#include <unistd.h>
#include <utility>
#include <variant>

#include "manager/supervisor/records.hpp"

namespace yodel::manager {
namespace {

using namespace std::chrono_literals;
using posix::Clock;

// What an acceptor gets to end once its channel has.
constexpr auto end_time = 1s;
// Events read of one channel before the others, signals and deadlines get their turn.
constexpr int max_events = 1024;

template <class... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};
template <class... Functions>
Overloaded(Functions...) -> Overloaded<Functions...>;

}  // namespace

bool Acceptor::read_events(log::Records& records) {
  using Kind = Channel::Received::Kind;
  for (int i = 0; i < max_events && !channel_closed_; ++i) {
    const auto received = channel_.receive();
    switch (received.kind) {
      case Kind::nothing: return true;
      case Kind::closed:
        channel_closed_ = true;
        // The last of them is about to end, unless a session has shut the channel down for all.
        if (!kill_at_) kill_at_ = Clock::now() + end_time;
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
      report == nullptr ? from_acceptor : !from_acceptor && ledger_.take(sender, *report);
  if (!is_valid) return handle_offence(sender, records);
  if (from_acceptor) pong_deadline_.reset();  // whatever it says is a sign of life
  std::visit(Overloaded{
                 [](const protocol::Report&) {},
                 [](const protocol::Alive&) {},
                 [&](const protocol::Ready&) {
                   if (state_ == State::starting) state_ = State::serving;
                 },
                 [&](const protocol::Draining&) {
                   has_drained_ = true;
                   state_ = State::stopped;
                   if (is_ending_) end_sessions();
                 },
                 // It exits next, and its death does the rest.
                 [&](const protocol::SetupFailed& failure) {
                   records.push_back(records::acceptor_setup_failed(where(), pid(), failure));
                 },
                 [&](const protocol::Accepted& accepted) {
                   records.push_back(records::accepted(origin(), accepted));
                 },
                 [&](const protocol::Ended& ended) {
                   offenders_.forget(ended.pid);
                   records.push_back(ledger_.take(ended));
                 },
                 [&](const protocol::Troubled& troubled) {
                   records.push_back(records::trouble(where(), troubled));
                 },
                 [&](const protocol::Counters& counters) { counters_ = counters; },
             },
             event);
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
      // The number may be another process's by now, but not one of another group.
      if (::getpgid(sender) == pid()) ::kill(sender, SIGKILL);
      records.push_back(records::offender_killed(where(), sender));
      break;
  }
}

void Acceptor::on_exit(const posix::Ending& ending, log::Records& records) {
  child_.mark_reaped();
  read_events(records);  // its last words may say why
  pong_deadline_.reset();
  is_silent_ = false;
  const bool was_wanted = is_wanted(state_);
  state_ = State::stopped;
  if (!was_wanted && ending.exited() && ending.exit_status() == 0) return;
  // Its sessions were told to end by its death, and close in order; none stays.
  kill_at_ = Clock::now() + kill_time;
  records.push_back(records::acceptor_died(where(), pid(), ending, counters_.running));
}

bool Acceptor::on_orphan(pid_t pid, const posix::Ending& ending, log::Records& records) {
  auto record = ledger_.take_orphan(pid, ending);
  if (!record) return false;
  records.push_back(*std::move(record));
  return true;
}

void Acceptor::close_books(log::Records& records) {
  for (auto& record : ledger_.close())
    records.push_back(std::move(record));
}

void Acceptor::ping(Time deadline) noexcept {
  if (state_ != State::serving || pong_deadline_ || is_silent_) return;
  child_.signal_alone(protocol::ping_signal);
  pong_deadline_ = deadline;
}

void Acceptor::drain() noexcept {
  if (state_ != State::stopped) state_ = last_state_ = State::draining;
  pong_deadline_.reset();  // this is the last thing that it hears
  child_.signal_alone(protocol::drain_signal);
}

void Acceptor::kill(log::Records& records) {
  records.push_back(records::acceptor_stuck(where(), pid()));
  child_.signal_alone(SIGKILL);
  state_ = State::stopped;
}

// Before it has drained it may fork one more, which would not hear of it.
void Acceptor::end_sessions() noexcept {
  is_ending_ = true;
  if (has_drained_) child_.signal(protocol::end_signal);
}

void Acceptor::hurry_sessions() noexcept {
  child_.signal(protocol::hurry_signal);
  kill_at_ = Clock::now() + kill_time;
}

void Acceptor::advance(Time now, log::Records& records) {
  if (pong_deadline_ && *pong_deadline_ <= now) read_events(records);  // its answer may wait here
  if (pong_deadline_ && *pong_deadline_ <= now) {
    pong_deadline_.reset();
    is_silent_ = true;
    records.push_back(records::acceptor_silent(where(), pid()));
    child_.signal_alone(SIGKILL);  // its end, which the kernel will tell, makes room for another
  }
  if (kill_at_ && *kill_at_ <= now) {
    child_.signal(SIGKILL);
    kill_at_.reset();
  }
}

}  // namespace yodel::manager
