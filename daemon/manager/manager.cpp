#include "manager/manager.hpp"

#include <algorithm>
#include <csignal>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <system_error>
#include <utility>
#include <variant>

#include "manager/capacity.hpp"
#include "manager/records.hpp"
#include "posix/signals.hpp"

namespace yodel::manager {
namespace {

using namespace std::chrono_literals;
using posix::Clock;
using State = Instance::State;

// What an acceptor gets to become ready.
constexpr auto ready_time = 10s;
// What sessions that were told to end get to close in order: more than Stream::linger_time.
constexpr auto kill_time = 3s;
// What an acceptor gets to end once its channel has.
constexpr auto end_time = 1s;
// What systemd is to give a stop beyond that: for the last records.
constexpr auto end_margin = 10s;
// Forks of one acceptor share one address layout, so somebody who crashes sessions to find it out
// gets so many tries.
constexpr std::uint64_t most_crashes = 64;
// Events read of one channel before the others, signals and deadlines get their turn.
constexpr int most_events = 1024;

// The manager holds a few descriptors for each listener; the usual limit is only what select(2)
// needs.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) < 0) return;
  limit.rlim_cur = limit.rlim_max;
  (void)::setrlimit(RLIMIT_NOFILE, &limit);
}

const posix::SignalSet& signals_to_take() {
  static const posix::SignalSet signals{SIGHUP, SIGTERM, SIGINT, SIGCHLD, reload_signal()};
  return signals;
}

posix::Descriptor take_over_process() {
  raise_descriptor_limit();
  (void)std::signal(SIGPIPE,
                    SIG_IGN);  // a reader of standard error that goes away is no reason to die
  // A parent may have left it ignored, and then no child's end would be told.
  (void)std::signal(SIGCHLD, SIG_DFL);
  signals_to_take().block();
  // Sessions whose acceptor died become children of the manager, which accounts for them.
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  return posix::open_signal_descriptor(signals_to_take());
}

void answer(std::vector<ReloadRequest>& requests, bool succeeded) {
  for (const auto& request : requests)
    request.answer(succeeded);
  requests.clear();
}

void drain(Instance& instance) {
  if (instance.state != State::stopped) instance.state = State::draining;
  instance.answer_by.reset();  // it has been told the last thing that it hears
  instance.process.drain();
}

// What the process of before listened at, and the file does not name any more, is closed in time
// for an address that it was in the way of: "0.0.0.0" after "127.0.0.1".
PassedSockets without_unwanted(PassedSockets passed, const config::Settings& settings,
                               Notifier& notify) {
  for (const auto& closed : passed.close_stored_but(settings.listeners)) {
    notify.forget(closed.name);
    Listener::remove_stale_file(closed.endpoint);
  }
  return passed;
}

}  // namespace

Manager::Manager(ConfigSource source, const config::Loaded& loaded, PassedSockets passed,
                 posix::ProcessTitle title)
    : source_(std::move(source)),
      signals_(take_over_process()),
      // Before the log writer is forked, which would hold them for a moment longer.
      passed_(without_unwanted(std::move(passed), loaded.settings, notify_)),
      log_(loaded.settings.log, title),
      heartbeat_(notify_.watchdog()),
      program_(AcceptorProgram::find()) {
  current_ = prepare(loaded.settings, nullptr, passed_, next_slot_id_);
  title.set("yodeld: manager");
  if (log_.journal_is_missing()) log_.write(records::journal_missing());
  for (const auto& socket : passed_.unused())
    log_.write(records::socket_unused(socket));
  say_capacity(loaded);
}

ExitStatus Manager::run() {
  ready_by_ = Clock::now() + ready_time;
  for (Slot& slot : current_.slots)
    start_acceptor(slot);
  while (phase_ != Phase::stopping || !instances_.empty()) {
    wait();
    remove_gone_instances();
    if (settling_) settle_reload();
    act_on_deadlines(Clock::now());
    beat(Clock::now());
    show_status();
    notify_.flush();
    log_.flush();
  }
  log_.write(records::stopped(totals()));
  return exit_status_;
}

// --- listeners ---

// Over a restart, an upgrade or a crash of this process the listeners stay open with systemd.
void Manager::store_listeners() {
  if (!notify_.has_store()) return;
  for (const Slot& slot : current_.slots) {
    Listener& listener = *slot.listener;
    if (!listener.stored_as().empty() || listener.belongs_to_unit()) continue;
    listener.set_stored_as(store_name(listener.bound()));
    notify_.store(listener.stored_as(), listener.descriptor());
  }
}

// What `next` does not listen at any more is not to be kept.
void Manager::forget_listeners(const Generation& next) {
  for (const Slot& slot : current_.slots) {
    Listener& listener = *slot.listener;
    const bool goes_on = std::any_of(next.slots.begin(), next.slots.end(),
                                     [&](const Slot& s) { return s.listener == slot.listener; });
    if (goes_on || listener.stored_as().empty()) continue;
    notify_.forget(listener.stored_as());
    listener.end();
  }
}

// --- the loop ---

void Manager::wait() {
  std::vector<pollfd> fds;
  fds.push_back({.fd = signals_.get(), .events = POLLIN, .revents = 0});
  fds.push_back(
      {.fd = log_.has_waiting() ? log_.descriptor() : -1, .events = POLLOUT, .revents = 0});
  std::vector<Instance*> polled;
  for (Instance& instance : instances_) {
    if (instance.channel_closed) continue;
    fds.push_back({.fd = instance.process.channel(), .events = POLLIN, .revents = 0});
    polled.push_back(&instance);
  }
  if (posix::poll_until(fds, next_deadline()) <= 0) return;
  // Events first: a report that was sent before its sender died is to be known when it is reaped.
  for (std::size_t i = 0; i < polled.size(); ++i) {
    if (fds[i + 2].revents != 0) read_events(*polled[i]);
  }
  if (fds[0].revents != 0) take_signals();
}

posix::Deadline Manager::next_deadline() const noexcept {
  posix::Deadline next = posix::earlier(ready_by_, grace_until_);
  next = posix::earlier(next, heartbeat_.next());
  next = posix::earlier(next, log_.next_attempt());
  next = posix::earlier(next, notify_.next_attempt());
  for (const Slot& slot : current_.slots)
    next = posix::earlier(next, slot.start_at);
  for (const Instance& instance : instances_)
    next = posix::earlier(next, posix::earlier(instance.kill_at, instance.answer_by));
  return next;
}

void Manager::take_signals() {
  while (const auto signal = signals_to_take().take_waiting()) {
    if (signal->si_signo == reload_signal()) {
      requests_.emplace_back(*signal);
      begin_reload();
      continue;
    }
    switch (signal->si_signo) {
      case SIGHUP: begin_reload(); break;
      case SIGCHLD: reap_children(); break;
      default: stop_or_hurry(); break;
    }
  }
}

void Manager::act_on_deadlines(Time now) {
  const auto is_due = [&](posix::Deadline deadline) { return deadline && *deadline <= now; };
  if (is_due(ready_by_)) {
    const std::string why = fmt::format("an acceptor was not ready in {} s", ready_time / 1s);
    if (phase_ == Phase::starting) throw StartError(ExitStatus::os_error, why);
    if (next_) abandon_reload(why);
    if (settling_) finish_settling();
  }
  if (is_due(grace_until_)) end_grace();
  for (Slot& slot : current_.slots) {
    if (is_due(slot.start_at)) restart_acceptor(slot);
  }
  if (given_up_ && phase_ != Phase::stopping) begin_stop(ExitStatus::software);
  for (Instance& instance : instances_) {
    if (is_due(instance.answer_by)) kill_silent(instance);
    if (!is_due(instance.kill_at)) continue;
    instance.process.child().signal(SIGKILL);
    instance.kill_at.reset();
  }
}

// Asks each acceptor for a sign of life, and gives systemd one while none of them owes its answer.
void Manager::beat(Time now) {
  if (now < heartbeat_.next()) return;
  heartbeat_.beat(now);
  for (Instance& instance : instances_) {
    if (instance.state != State::serving || instance.answer_by || instance.is_silent) continue;
    instance.process.ask();
    instance.answer_by = heartbeat_.answer_by(now);
  }
  const bool all_live = std::none_of(instances_.begin(), instances_.end(),
                                     [](const Instance& i) { return i.is_silent; });
  if (all_live && phase_ != Phase::starting) notify_.alive();
}

void Manager::show_status() {
  const auto total = totals();
  const char* phase = "";
  if (phase_ == Phase::stopping) phase = "stopping, waiting for the last ";
  if (next_ || settling_) phase = "reloading; ";
  std::string status = fmt::format("{}sessions: {} now, {} served, {} refused, {} crashed", phase,
                                   total.running, total.accepted, total.refused, total.crashed);
  if (phase_ == Phase::starting || status == status_) return;
  status_ = std::move(status);
  notify_.status(status_);
}

protocol::Counters Manager::totals() const noexcept {
  protocol::Counters total = gone_;
  for (const Instance& instance : instances_) {
    total.accepted += instance.counters.accepted;
    total.running += instance.counters.running;
    total.refused += instance.counters.refused;
    total.crashed += instance.counters.crashed;
  }
  return total;
}

// --- acceptors ---

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

void Manager::read_events(Instance& instance) {
  using Kind = AcceptorProcess::Received::Kind;
  for (int i = 0; i < most_events && !instance.channel_closed; ++i) {
    const auto received = instance.process.receive();
    switch (received.kind) {
      case Kind::nothing: return;
      case Kind::closed:
        instance.channel_closed = true;
        // The last of them is about to end, unless a session has shut the channel down for all.
        if (!instance.kill_at) instance.kill_at = Clock::now() + end_time;
        break;
      case Kind::event:
        if (received.event) {
          take_event(instance, received.sender, *received.event);
        } else if (!std::exchange(instance.invalid_event_said, true)) {
          log_.write(records::invalid_event(instance.ledger.origin().listener, received.sender));
        }
        break;
    }
  }
}

void Manager::take_event(Instance& instance, pid_t sender, const protocol::Event& event) {
  const bool from_acceptor = sender == instance.process.child().pid();
  if (const auto* report = std::get_if<protocol::Report>(&event)) {
    // A session speaks for itself only, and the acceptor does not speak as a session.
    if (!from_acceptor) instance.ledger.take(sender, *report);
    return;
  }
  if (!from_acceptor) {
    if (!std::exchange(instance.invalid_event_said, true)) {
      log_.write(records::invalid_event(instance.ledger.origin().listener, sender));
    }
    return;
  }
  instance.answer_by.reset();  // whatever it says is a sign of life
  std::visit(
      [&](const auto& body) {
        if constexpr (!std::is_same_v<std::decay_t<decltype(body)>, protocol::Report>) {
          take(instance, body);
        }
      },
      event);
}

void Manager::take(Instance& instance, const protocol::Ready& /*event*/) {
  if (instance.state != State::starting) return;
  instance.state = State::serving;
  // Another one that serves the same slot has been waiting for this one.
  for (Instance& other : instances_) {
    const bool is_replaced =
        &other != &instance && other.slot == instance.slot && other.state == State::serving;
    if (is_replaced) drain(other);
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

// --- life cycle ---

void Manager::say_capacity(const config::Loaded& loaded) {
  for (const auto& warning : check_capacity(loaded, this_machine())) {
    log_.write(records::diagnostic(source_.path, warning));
  }
}

void Manager::say_listening() {
  for (const Slot& slot : current_.slots) {
    log_.write(
        records::listening(slot.listener->text(), slot.settings.protocol, slot.settings.backlog));
  }
}

void Manager::finish_start() {
  phase_ = Phase::serving;
  ready_by_.reset();
  say_listening();
  log_.write(records::ready(current_.slots.size()));
  store_listeners();
  notify_.ready();
  if (reload_again_) begin_reload();
}

void Manager::begin_reload() {
  try {
    try_reload();
  } catch (const std::exception& error) {
    abandon_reload(error.what());
  }
}

void Manager::try_reload() {
  if (phase_ == Phase::stopping) return answer(requests_, false);
  if (phase_ == Phase::starting || next_ || settling_) {
    reload_again_ = true;  // the file may have changed since it was read
    return;
  }
  reload_again_ = false;
  answerable_ = std::exchange(requests_, {});
  notify_.reloading();
  log_.write(records::reloading(source_.path));
  const auto loaded = source_.load();
  if (!loaded) {
    for (const auto& error : loaded.error())
      log_.write(records::diagnostic(source_.path, error));
    abandon_reload(records::count_of_errors(source_.path, loaded.error().size()));
    return;
  }
  say_capacity(*loaded);
  next_ = prepare(loaded->settings, &current_, passed_, next_slot_id_);
  ready_by_ = Clock::now() + ready_time;
  for (Slot& slot : next_->slots)
    start_acceptor(slot);
}

void Manager::commit_reload() {
  for (Instance& instance : instances_) {
    if (instance.is_wanted() && next_->find(instance.slot) == nullptr) drain(instance);
  }
  // What the new generation does not listen at is closed with the old one.
  forget_listeners(*next_);
  current_ = *std::exchange(next_, std::nullopt);
  store_listeners();
  log_.apply(current_.settings.log);
  if (log_.journal_is_missing()) log_.write(records::journal_missing());
  for (const Slot& slot : current_.slots)
    slot.listener->set_backlog(slot.settings.backlog);
  settling_ = true;
  ready_by_ = Clock::now() + ready_time;
}

// The reload is over when no connection can meet an acceptor of before any more.
void Manager::settle_reload() {
  const bool all_stopped =
      std::none_of(instances_.begin(), instances_.end(),
                   [](const Instance& instance) { return instance.state == State::draining; });
  if (all_stopped) finish_settling();
}

void Manager::finish_settling() {
  for (Instance& instance : instances_) {
    if (instance.state != State::draining) continue;
    // It is stuck; the new ones have long been serving.
    log_.write(
        records::acceptor_stuck(instance.ledger.origin().listener, instance.process.child().pid()));
    instance.process.child().signal_alone(SIGKILL);
    instance.state = State::stopped;
  }
  say_listening();
  log_.write(records::reloaded(source_.path, current_.slots.size()));
  end_reload(true);
}

void Manager::abandon_reload(const std::string& why) {
  if (next_) {
    // Those of its acceptors that were ready may have sessions already, which are not cut.
    for (Instance& instance : instances_) {
      if (next_->find(instance.slot) != nullptr) drain(instance);
    }
    next_.reset();
  }
  log_.write(records::reload_failed(why));
  end_reload(false);
}

void Manager::end_reload(bool succeeded) {
  settling_ = false;
  ready_by_.reset();
  notify_.ready();
  answer(answerable_, succeeded);
  if (std::exchange(reload_again_, false)) begin_reload();
}

void Manager::stop_or_hurry() {
  if (phase_ == Phase::stopping) {
    end_grace();
  } else {
    begin_stop(ExitStatus::ok);
  }
}

void Manager::begin_stop(ExitStatus status) {
  phase_ = Phase::stopping;
  exit_status_ = status;
  const auto grace = current_.settings.shutdown.grace;
  notify_.stopping(grace + kill_time + end_margin);
  log_.write(records::stopping(grace));
  grace_until_ = Clock::now() + grace;
  answer(answerable_, false);
  answer(requests_, false);
  ready_by_.reset();
  settling_ = false;
  reload_again_ = false;
  for (Instance& instance : instances_)
    drain(instance);
  next_.reset();
  current_.slots.clear();
}

void Manager::end_grace() {
  if (!grace_until_) return;  // it was over before
  grace_until_.reset();
  if (instances_.empty()) return;
  log_.write(records::grace_is_over(totals().running));
  for (Instance& instance : instances_) {
    instance.process.child().signal(SIGTERM);
    instance.kill_at = Clock::now() + kill_time;
  }
}

}  // namespace yodel::manager
