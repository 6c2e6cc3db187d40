// The manager: one loop that ties the file, sockets, acceptors, systemd and the log together.
#pragma once

#include <deque>
#include <optional>
#include <string>

#include "config/source.hpp"
#include "log/log.hpp"
#include "manager/ad_hoc.hpp"
#include "manager/generation.hpp"
#include "manager/life_cycle.hpp"
#include "manager/reload_request.hpp"
#include "manager/supervisor/supervisor.hpp"
#include "manager/systemd/exit_status.hpp"
#include "manager/systemd/notifier.hpp"
#include "manager/systemd/passed_sockets.hpp"
#include "manager/takeover.hpp"
#include "posix/descriptor.hpp"
#include "posix/poll.hpp"
#include "posix/process_title.hpp"
#include "posix/signals.hpp"

namespace yodel::manager {

// Runs the daemon in a single thread. The loop waits for signals, reports of acceptors and
// deadlines, and never blocks on anything else. It passes what happens to the LifeCycle as events
// and performs the actions that follow. It never reads a byte that a peer has sent.
class Manager {
 public:
  // Returns the signals that must be blocked from the start of the process: none of them may kill
  // it, and those that arrive early stay pending until the manager reads them.
  [[nodiscard]] static const posix::SignalSet& signals() noexcept;

  // `loaded` comes from `source`; `passed` are the sockets that systemd passed to this process,
  // whose title is `title`. Throws StartError or another std::exception.
  Manager(config::Source source, const config::Loaded& loaded, Notifier notify,
          PassedSockets passed, posix::ProcessTitle title);

  // Serves until it is told to stop and every session has ended, and returns the exit status.
  // Throws StartError if it cannot begin to serve.
  [[nodiscard]] ExitStatus run();

 private:
  void wait();
  [[nodiscard]] posix::Deadline next_deadline(posix::Clock::time_point now) const noexcept;
  void take_signals();
  void reap_children();
  void handle_events();
  void show_status();

  void perform(const action::Prepare& action);
  void perform(const action::BeginServing& action);
  void perform(const action::Listen& /*action*/) {
    events_.push_back(start_listening(*next_, current_));
  }
  void perform(const action::Commit& action);
  void perform(const action::Discard& /*action*/) { next_.reset(); }
  void perform(const action::Release& action);
  void perform(const action::KillStuck& /*action*/) { supervisor_.kill_stuck(); }
  void perform(const action::EndReload& action);
  void perform(const action::Answer& action) {
    requests_.answer(action.requests, action.succeeded);
  }
  void perform(const action::BeginStop& action);
  void perform(const action::EndSessions& action);

  [[nodiscard]] Event prepare_next();
  void serve(const Generation& generation, const Generation& previous);
  void log_capacity(const config::Loaded& loaded);
  void log_all(const log::Records& records) {
    for (const auto& record : records)
      log_.write(record);
  }

  config::Source source_;
  Event on_hangup_ = hangup_event(source_);
  posix::Descriptor signals_;
  Notifier notify_;
  PassedSockets passed_;
  log::Log log_;
  SlotId next_slot_id_ = 1;
  Generation current_;
  std::optional<Generation> next_;  // prepared, but not yet in force
  Supervisor supervisor_;
  LifeCycle life_;
  std::deque<Event> events_;
  ReloadRequests requests_;
  std::string status_;  // as last sent to systemd
};

}  // namespace yodel::manager
