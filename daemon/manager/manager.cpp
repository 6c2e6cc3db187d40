#include "manager/manager.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <system_error>
#include <utility>

#include "manager/records.hpp"

namespace yodel::manager {
namespace {

using namespace std::chrono_literals;
using posix::Clock;
using State = Instance::State;

// How long events wait for others, which costs one wake-up for all of them and not one for each:
// with thousands of sessions a second that is most of what their records cost. Short, for what
// waits must find room in the channel.
constexpr auto gather_time = 5ms;

// How long it rests when it cannot even wait, for want of memory.
constexpr auto back_off_time = 50ms;

posix::Descriptor take_over_process() {
  posix::raise_descriptor_limit();  // it holds a few for each listener
  (void)std::signal(SIGPIPE,
                    SIG_IGN);  // a reader of standard error that goes away is no reason to die
  // A parent may have left it ignored, and then no child's end would be told.
  (void)std::signal(SIGCHLD, SIG_DFL);
  // Sessions whose acceptor died become children of the manager, which accounts for them.
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  return posix::open_signal_descriptor(Manager::signals());
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

const posix::SignalSet& Manager::signals() noexcept {
  static const posix::SignalSet set{SIGHUP, SIGTERM, SIGINT, SIGCHLD, reload_signal()};
  return set;
}

Manager::Manager(ConfigSource source, const config::Loaded& loaded, Notifier notify,
                 PassedSockets passed, posix::ProcessTitle title)
    : source_(std::move(source)),
      signals_(take_over_process()),
      notify_(std::move(notify)),
      // Before the log writer is forked, which would hold them for a moment longer.
      passed_(without_unwanted(std::move(passed), loaded.settings, notify_)),
      log_(loaded.settings.log, title),
      heartbeat_(notify_.watchdog()),
      program_(AcceptorProgram::find()) {
  current_ = prepare(loaded.settings, nullptr, passed_, next_slot_id_);
  current_.set_sockets();
  title.set({"yodeld: manager"});
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

void Manager::wait() {
  std::vector<pollfd> fds;
  fds.push_back({.fd = signals_.get(), .events = POLLIN, .revents = 0});
  fds.push_back(
      {.fd = log_.has_waiting() ? log_.descriptor() : -1, .events = POLLOUT, .revents = 0});
  const bool gathering = Clock::now() < gather_until_;
  std::vector<Instance*> polled;
  for (Instance& instance : instances_) {
    if (instance.channel_closed || gathering) continue;
    fds.push_back({.fd = instance.process.channel(), .events = POLLIN, .revents = 0});
    polled.push_back(&instance);
  }
  const auto deadline =
      gathering ? posix::earlier(next_deadline(), gather_until_) : next_deadline();
  const int ready = posix::poll_until(fds, deadline);
  if (ready < 0 && errno != EINTR) posix::poll_until({}, Clock::now() + back_off_time);
  if (ready <= 0) return;
  for (std::size_t i = 0; i < polled.size(); ++i) {
    if (fds[i + 2].revents == 0) continue;
    const bool none_left = read_events(*polled[i]);
    if (none_left) gather_until_ = Clock::now() + gather_time;
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
  while (const auto signal = signals().take_waiting()) {
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

}  // namespace yodel::manager
