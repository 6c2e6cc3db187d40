#include "manager/manager.hpp"

#include <cerrno>
#include <csignal>
#include <exception>
#include <optional>
#include <poll.h>
#include <span>
#include <utility>
#include <variant>
#include <vector>

#include "manager/capacity.hpp"
#include "manager/open_listeners.hpp"
#include "manager/records.hpp"
#include "manager/takeover.hpp"
#include "posix/child.hpp"

namespace yodel::manager {
namespace {

using namespace std::chrono_literals;
using posix::Clock;
using Phase = LifeCycle::Phase;

// How long the loop sleeps if poll(2) itself fails, as with ENOMEM.
constexpr auto back_off_time = 50ms;

// The time that a stop may take beyond that of the sessions, to write the last records.
constexpr auto end_margin = 10s;

ExitStatus exit_status(const LifeCycle& life) {
  switch (life.stop_reason) {
    case LifeCycle::StopReason::asked: break;
    case LifeCycle::StopReason::given_up: return ExitStatus::software;
    case LifeCycle::StopReason::not_started: throw StartError(ExitStatus::os_error, life.failure);
  }
  return ExitStatus::ok;
}

}  // namespace

const posix::SignalSet& Manager::signals() noexcept {
  static const posix::SignalSet set{SIGHUP, SIGTERM, SIGINT, SIGCHLD};
  return set;
}

Manager::Manager(config::Source source, const config::Loaded& loaded, Notifier notify,
                 PassedSockets passed, posix::ProcessTitle title)
    : source_(std::move(source)),
      signals_(posix::open_signal_descriptor(signals())),
      notify_(std::move(notify)),
      passed_(std::move(passed)),
      log_(loaded.settings.log, title),
      current_(manager::prepare(loaded.settings, nullptr, passed_, next_slot_id_)),
      supervisor_(AcceptorProgram::find(), Heartbeat(notify_.watchdog())) {
  current_.set_sockets();
  title.set({"yodeld: manager"});
  for (const auto& socket : passed_.unused())
    log_.write(records::socket_unused(socket));
  log_capacity(loaded);
}

ExitStatus Manager::run() {
  life_ = LifeCycle::begin(current_.plan(), Clock::now());
  serve(current_, {});
  for (;;) {
    wait();
    handle_events();
    supervisor_.advance(Clock::now());
    current_.drop_expired(Clock::now());
    events_.emplace_back(event::TimePassed{});
    if (supervisor_.is_empty()) events_.emplace_back(event::AllGone{});
    handle_events();
    if (life_.phase == Phase::stopped) break;
    if (supervisor_.beat(Clock::now()) && life_.phase != Phase::starting) notify_.alive();
    show_status();
    notify_.flush();
    log_.flush();
  }
  const auto status = exit_status(life_);
  log_.write(records::stopped(supervisor_.totals()));
  log_.finish();
  return status;
}

void Manager::wait() {
  std::vector<pollfd> fds{
      {.fd = signals_.get(), .events = POLLIN, .revents = 0},
      {.fd = requests_.descriptor(), .events = POLLIN, .revents = 0},
      {.fd = log_.has_waiting() ? log_.descriptor() : -1, .events = POLLOUT, .revents = 0}};
  const auto fixed = fds.size();
  const auto now = Clock::now();
  supervisor_.add_descriptors(fds, now);
  const int ready = posix::poll_until(fds, next_deadline(now));
  if (ready < 0 && errno != EINTR) posix::poll_until({}, Clock::now() + back_off_time);
  if (ready <= 0) return;
  supervisor_.read(std::span(fds).subspan(fixed));
  handle_events();  // reports of acceptors are older than the signals below
  if (fds[0].revents != 0) take_signals();
  if (fds[1].revents == 0) return;
  for (const RequestId request : requests_.take())
    events_.emplace_back(event::ReloadAsked{request});
}

posix::Deadline Manager::next_deadline(Clock::time_point now) const noexcept {
  posix::Deadline next = posix::earlier(life_.deadline, supervisor_.next_deadline(now));
  next = posix::earlier(next, log_.next_attempt());
  return posix::earlier(next, notify_.next_attempt());
}

void Manager::take_signals() {
  while (const auto signal = signals().take_waiting()) {
    switch (signal->si_signo) {
      case SIGHUP: events_.push_back(on_hangup_); break;
      case SIGCHLD: reap_children(); break;
      default: events_.emplace_back(event::StopAsked{}); break;
    }
  }
}

void Manager::reap_children() {
  while (const auto ended = posix::reap_any()) {
    const auto& [pid, ending] = *ended;
    if (!log_.on_exit(pid)) supervisor_.on_exit(pid, ending);
  }
}

// Handles each event, and the events that the resulting actions cause.
void Manager::handle_events() {
  for (;;) {
    log_all(supervisor_.take_records());
    for (auto& change : supervisor_.take_changes())
      events_.emplace_back(std::move(change));
    if (events_.empty()) return;
    auto [state, actions] = step(std::move(life_), events_.front(), Clock::now());
    events_.pop_front();
    life_ = std::move(state);
    for (const auto& action : actions) {
      std::visit([&](const auto& each) { perform(each); }, action);
      log_all(supervisor_.take_records());
    }
  }
}

void Manager::show_status() {
  std::string status = status_text(life_.phase, supervisor_.totals(), supervisor_.max_sessions()) +
                       open_status(current_);
  if (life_.phase == Phase::starting || status == status_) return;
  status_ = std::move(status);
  notify_.status(status_);
}

void Manager::perform(const action::Prepare& /*action*/) {
  notify_.reloading();
  log_.write(records::reloading(source_.name()));
  try {
    events_.push_back(prepare_next());
  } catch (const std::exception& error) {
    if (next_) supervisor_.release(next_->new_slots(current_), current_.end_times(Clock::now()));
    next_.reset();
    events_.emplace_back(event::NotPrepared{error.what()});
  }
}

Event Manager::prepare_next() {
  const auto loaded = source_.load();
  if (!loaded) {
    for (const auto& error : loaded.error())
      log_.write(records::diagnostic(source_.name(), error));
    return event::NotPrepared{records::count_of_errors(source_.name(), loaded.error().size())};
  }
  log_capacity(*loaded);
  next_ = manager::prepare(loaded->settings, &current_, passed_, next_slot_id_);
  serve(*next_, current_);
  return event::Prepared{next_->plan()};
}

void Manager::perform(const action::BeginServing& /*action*/) {
  log_all(listener_records(current_));
  log_.write(records::ready(current_.slots.size()));
  current_.store_listeners(notify_);
  notify_.ready();
  if (!source_.listeners.empty()) print_invitation(current_);
}

void Manager::perform(const action::Commit& /*action*/) {
  for (const auto& [from, to] : divert_replaced(*next_, current_))
    log_.write(records::taken_over(from, to));
  // Listeners that the new generation does not keep are closed with the old one.
  current_.forget_listeners(*next_, notify_);
  current_ = *std::exchange(next_, std::nullopt);
  current_.store_listeners(notify_);
  source_.put_in_force();
  log_.apply(current_.settings.log);
  current_.set_sockets();
  const auto times = current_.end_times(Clock::now());
  for (const auto& entry : current_.slots)
    supervisor_.change(entry.slot(), times);
}

void Manager::perform(const action::EndReload& action) {
  if (action.failure) {
    log_.write(records::reload_failed(*action.failure));
  } else {
    log_all(listener_records(current_));
    log_.write(records::reloaded(source_.name(), current_.slots.size()));
  }
  notify_.ready();
}

void Manager::perform(const action::BeginStop& /*action*/) {
  const auto grace = current_.settings.shutdown.grace;
  // Sessions are signalled in batches: 15,000 of them take up to 4 s. One millisecond for each
  // leaves ample room.
  const auto wave = std::chrono::milliseconds(supervisor_.totals().running);
  notify_.stopping(grace + SessionSignals::kill_time + wave + end_margin);
  log_.write(records::stopping(grace));
  current_.slots.clear();
  supervisor_.end_sessions(protocol::end_signal);
}

void Manager::perform(const action::EndSessions& /*action*/) {
  if (supervisor_.is_empty()) return;
  log_.write(records::grace_is_over(supervisor_.totals().running));
  supervisor_.end_sessions(protocol::hurry_signal);
}

void Manager::perform(const action::Release& action) {
  if (life_.phase == Phase::stopping) return supervisor_.release(action.slots, std::nullopt);
  // On a reload, the new settings decide when the sessions of released slots end.
  supervisor_.release(action.slots, (next_ ? *next_ : current_).end_times(Clock::now()));
}

void Manager::serve(const Generation& generation, const Generation& previous) {
  const auto slots = generation.new_slots(previous);
  for (const auto& entry : generation.slots) {
    if (slots.contains(entry.id)) supervisor_.serve(entry.slot());
  }
}

void Manager::log_capacity(const config::Loaded& loaded) {
  if (!source_.listeners.empty()) return;  // with --listen nobody can change the limits
  for (const auto& warning : check_capacity(loaded, this_machine()))
    log_.write(records::diagnostic(source_.name(), warning));
}

}  // namespace yodel::manager
