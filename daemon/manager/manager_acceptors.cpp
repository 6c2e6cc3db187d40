// The acceptors' lives, and what they and their sessions report.

#include <algorithm>
#include <csignal>
#include <fmt/format.h>
#include <system_error>
#include <utility>
#include <variant>

#include "manager/manager.hpp"
#include "manager/records.hpp"

namespace yodel::manager {
namespace {

using namespace std::chrono_literals;
using posix::Clock;
using State = Instance::State;

// What an acceptor gets to end once its channel has.
constexpr auto end_time = 1s;
// Forks of one acceptor share one address layout, so somebody who crashes sessions to find it out
// gets so many tries.
constexpr std::uint64_t most_crashes = 64;
// Events read of one channel before the others, signals and deadlines get their turn.
constexpr int most_events = 1024;

}  // namespace

void Manager::start_acceptor(Slot& slot) {
  const std::string& where = slot.listener->text();
  auto process = AcceptorProcess::start(program_, slot.listener->descriptor(), slot.launch, where);
  slot.restarts.started(Clock::now());
  instances_.push_back({.slot = slot.id,
                        .process = std::move(process),
                        .ledger = SessionLedger({.acceptor = ++acceptors_started_,
                                                 .listener = where,
                                                 .protocol = slot.settings.protocol})});
}

void Manager::restart_acceptor(Slot& slot) {
  slot.start_at.reset();
  try {
    start_acceptor(slot);
  } catch (const std::system_error& error) {
    log_.write(records::acceptor_not_started(slot.listener->text(), error.what()));
    slot.restarts.started(Clock::now());
    plan_restart(slot);
  }
}

// The slot has lost its acceptor; what waits in its backlog waits for the next one.
void Manager::plan_restart(Slot& slot) {
  slot.start_at = slot.restarts.died(Clock::now());
  if (slot.start_at || phase_ == Phase::stopping) return;
  log_.write(records::acceptor_given_up(slot.listener->text(), RestartPolicy::most_deaths));
  given_up_ = true;
}

bool Manager::is_served(const Slot& slot) const noexcept {
  return std::any_of(instances_.begin(), instances_.end(), [&](const Instance& instance) {
    return instance.slot == slot.id && instance.state == State::serving;
  });
}

// Whether another acceptor is about to serve it.
bool Manager::is_awaited(const Slot& slot) const noexcept {
  return slot.start_at || std::any_of(instances_.begin(), instances_.end(), [&](const Instance& i) {
           return i.slot == slot.id && i.state == State::starting;
         });
}

void Manager::reap_children() {
  while (const auto ended = posix::reap_any()) {
    const auto& [pid, ending] = *ended;
    if (log_.take_ending(pid)) continue;
    const auto leader = std::find_if(
        instances_.begin(), instances_.end(),
        [&, id = pid](const Instance& instance) { return instance.process.child().pid() == id; });
    if (leader != instances_.end()) {
      take_death(*leader, ending);
    } else {
      take_orphan(pid, ending);
    }
  }
}

void Manager::take_death(Instance& instance, const posix::Ending& ending) {
  instance.process.child().mark_reaped();
  instance.answer_by.reset();
  instance.is_silent = false;
  read_events(instance);  // its last words may say why
  const bool was_wanted = instance.is_wanted();
  instance.state = State::stopped;
  if (!was_wanted && ending.exited() && ending.exit_status() == 0) return;

  const auto& where = instance.ledger.origin().listener;
  // Its sessions were told to end by its death, and close in order; none stays.
  instance.kill_at = Clock::now() + kill_time;
  log_.write(records::acceptor_died(where, instance.process.child().pid(), ending,
                                    instance.counters.running));
  if (was_wanted) {
    fail_to_serve(instance, ExitStatus::os_error, fmt::format("the acceptor at {} died", where));
  }
}

// Its end, which the kernel will tell, makes room for another one.
void Manager::kill_silent(Instance& instance) {
  read_events(instance);  // its answer may wait to be read
  if (!instance.answer_by) return;
  instance.answer_by.reset();
  instance.is_silent = true;
  log_.write(
      records::acceptor_silent(instance.ledger.origin().listener, instance.process.child().pid()));
  instance.process.child().signal_alone(SIGKILL);
}

// Its acceptor does not serve the slot of `instance` any more, or never did.
void Manager::fail_to_serve(Instance& instance, ExitStatus status, const std::string& why) {
  if (phase_ == Phase::starting) throw StartError(status, why);
  if (phase_ == Phase::stopping) return;
  if (next_ && next_->find(instance.slot) != nullptr) {
    abandon_reload(why);
  } else if (Slot* slot = current_.find(instance.slot)) {
    plan_restart(*slot);
  }
}

// A session that outlived its acceptor.
void Manager::take_orphan(pid_t pid, const posix::Ending& ending) {
  for (Instance& instance : instances_)
    read_events(instance);
  for (Instance& instance : instances_) {
    if (const auto record = instance.ledger.take_orphan(pid, ending)) {
      log_.write(*record);
      return;
    }
  }
  if (!protocol::is_crash(ending.status)) return;
  // Only the acceptor knew whose it was; where there is one dead acceptor, it was that one's.
  for (Instance& instance : instances_) {
    if (!instance.process.child().was_reaped()) continue;
    log_.write(records::session_lost(instance.ledger.origin(), pid, ending));
    return;
  }
}

void Manager::remove_gone_instances() {
  for (auto instance = instances_.begin(); instance != instances_.end();) {
    if (!instance->is_gone()) {
      ++instance;
      continue;
    }
    for (const Record& record : instance->ledger.close())
      log_.write(record);
    gone_.accepted += instance->counters.accepted;
    gone_.refused += instance->counters.refused;
    gone_.crashed += instance->counters.crashed;
    instance = instances_.erase(instance);
  }
}

// --- events ---

bool Manager::read_events(Instance& instance) {
  using Kind = AcceptorProcess::Received::Kind;
  for (int i = 0; i < most_events && !instance.channel_closed; ++i) {
    const auto received = instance.process.receive();
    switch (received.kind) {
      case Kind::nothing: instance.offenders.all_is_read(); return true;
      case Kind::closed:
        instance.channel_closed = true;
        // The last of them is about to end, unless a session has shut the channel down for all.
        if (!instance.kill_at) instance.kill_at = Clock::now() + end_time;
        break;
      case Kind::event:
        instance.offenders.count_event();
        if (received.event) {
          take_event(instance, received.sender, *received.event);
        } else {
          take_offence(instance, received.sender);
        }
        break;
    }
  }
  return instance.channel_closed;
}

void Manager::take_event(Instance& instance, pid_t sender, const protocol::Event& event) {
  const bool from_acceptor = sender == instance.process.child().pid();
  if (const auto* report = std::get_if<protocol::Report>(&event)) {
    // A session speaks for itself only, and once; the acceptor does not speak as a session.
    const bool sound = !from_acceptor && instance.ledger.take(sender, *report);
    if (!sound) take_offence(instance, sender);
    return;
  }
  if (!from_acceptor) return take_offence(instance, sender);
  instance.answer_by.reset();  // whatever it says is a sign of life
  std::visit(
      [&](const auto& body) {
        if constexpr (!std::is_same_v<std::decay_t<decltype(body)>, protocol::Report>) {
          take(instance, body);
        }
      },
      event);
}

// An event that its sender does not send, unless it was taken over.
void Manager::take_offence(Instance& instance, pid_t sender) {
  const auto& where = instance.ledger.origin().listener;
  if (sender == instance.process.child().pid()) {
    if (!std::exchange(instance.invalid_event_said, true)) {
      log_.write(records::invalid_event(where, sender));
    }
    return;
  }
  switch (instance.offenders.take(sender)) {
    case Offenders::Verdict::suspect: log_.write(records::invalid_event(where, sender)); break;
    case Offenders::Verdict::known: break;
    case Offenders::Verdict::killed: log_.write(records::offender_killed(where, sender)); break;
  }
}

void Manager::take(Instance& instance, const protocol::Ready& /*event*/) {
  if (instance.state != State::starting) return;
  instance.state = State::serving;
  // Another one that serves the same slot has been waiting for this one.
  for (Instance& other : instances_) {
    const bool is_replaced =
        &other != &instance && other.slot == instance.slot && other.state == State::serving;
    if (is_replaced) other.drain();
  }
  Generation& awaited = next_ ? *next_ : current_;
  const bool all_served = std::all_of(awaited.slots.begin(), awaited.slots.end(),
                                      [&](const Slot& slot) { return is_served(slot); });
  if (!all_served) return;
  if (phase_ == Phase::starting) {
    finish_start();
  } else if (next_) {
    commit_reload();
  }
}

void Manager::take(Instance& /*instance*/, const protocol::Alive& /*event*/) {}

void Manager::take(Instance& instance, const protocol::Draining& /*event*/) {
  const bool was_wanted = instance.is_wanted();
  instance.state = State::stopped;
  instance.answer_by.reset();  // it does not listen to us any more
  if (!was_wanted) return;
  // Unasked for: somebody sent it SIGTERM. It goes on with its sessions, and another one accepts.
  fail_to_serve(
      instance, ExitStatus::os_error,
      fmt::format("the acceptor at {} was told to end", instance.ledger.origin().listener));
}

void Manager::take(Instance& instance, const protocol::SetupFailed& event) {
  // It exits next, and its death does the rest.
  log_.write(records::acceptor_setup_failed(instance.ledger.origin().listener,
                                            instance.process.child().pid(), event));
}

void Manager::take(Instance& instance, const protocol::Accepted& event) {
  log_.write(records::accepted(instance.ledger.origin(), event));
}

void Manager::take(Instance& instance, const protocol::Ended& event) {
  instance.offenders.forget(event.pid);
  log_.write(instance.ledger.take(event));
}

void Manager::take(Instance& instance, const protocol::Troubled& event) {
  log_.write(records::trouble(instance.ledger.origin().listener, event));
}

void Manager::take(Instance& instance, const protocol::Counters& event) {
  instance.counters = event;
  const bool replace =
      event.crashed >= most_crashes && instance.state == State::serving && phase_ == Phase::serving;
  Slot* slot = replace ? current_.find(instance.slot) : nullptr;
  if (slot == nullptr || is_awaited(*slot)) return;
  log_.write(records::acceptor_replaced(slot->listener->text(), instance.process.child().pid(),
                                        event.crashed));
  restart_acceptor(*slot);
}

}  // namespace yodel::manager
