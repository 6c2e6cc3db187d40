// The daemon's life: start, reload, stop, and what it leaves to the process after it.

#include <algorithm>
#include <csignal>
#include <exception>
#include <fmt/format.h>
#include <utility>

#include "manager/capacity.hpp"
#include "manager/manager.hpp"
#include "manager/records.hpp"

namespace yodel::manager {
namespace {

using namespace std::chrono_literals;
using posix::Clock;
using State = Instance::State;

// What systemd is to give a stop beyond the sessions' time: for the last records.
constexpr auto end_margin = 10s;

void answer(std::vector<ReloadRequest>& requests, bool succeeded) {
  for (const auto& request : requests)
    request.answer(succeeded);
  requests.clear();
}

}  // namespace

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
    if (instance.is_wanted() && next_->find(instance.slot) == nullptr) instance.drain();
  }
  // What the new generation does not listen at is closed with the old one.
  forget_listeners(*next_);
  current_ = *std::exchange(next_, std::nullopt);
  store_listeners();
  log_.apply(current_.settings.log);
  if (log_.journal_is_missing()) log_.write(records::journal_missing());
  current_.set_sockets();
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
      if (next_->find(instance.slot) != nullptr) instance.drain();
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
    instance.drain();
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

}  // namespace yodel::manager
