// The manager: brings listeners and acceptors to life, reloads, stops, and keeps the books.
#pragma once

#include <chrono>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

#include "config/load.hpp"
#include "manager/acceptor_process.hpp"
#include "manager/config_source.hpp"
#include "manager/exit_status.hpp"
#include "manager/generation.hpp"
#include "manager/heartbeat.hpp"
#include "manager/instance.hpp"
#include "manager/log.hpp"
#include "manager/notifier.hpp"
#include "manager/passed_sockets.hpp"
#include "manager/reload_request.hpp"
#include "posix/child.hpp"
#include "posix/descriptor.hpp"
#include "posix/poll.hpp"
#include "posix/signals.hpp"
#include "protocol/event.hpp"

namespace yodel::manager {

// Single-threaded: one loop waits for signals, for events of the acceptors and for deadlines, and
// never for anything else. Reads nothing that a peer has sent.
class Manager {
 public:
  // What must be blocked from the start of the process on: nothing that asks for a reload or for an
  // end may kill it, and what comes early waits for the manager.
  [[nodiscard]] static const posix::SignalSet& signals() noexcept;

  // `loaded` is what `source` gave; `passed` what systemd has passed to this process, whose title
  // is `title`. Throws StartError or std::system_error.
  Manager(ConfigSource source, const config::Loaded& loaded, Notifier notify, PassedSockets passed,
          posix::ProcessTitle title);

  // Serves until it is told to stop and every session has ended. Throws StartError when it cannot
  // begin to serve.
  [[nodiscard]] ExitStatus run();

 private:
  using Time = posix::Clock::time_point;
  enum class Phase : std::uint8_t { starting, serving, stopping };
  // What an acceptor gets to become ready.
  static constexpr std::chrono::seconds ready_time{10};
  // What sessions that were told to end get to close in order: more than Stream::linger_time.
  static constexpr std::chrono::seconds kill_time{3};

  // The loop: manager.cpp.
  void wait();
  [[nodiscard]] posix::Deadline next_deadline() const noexcept;
  void take_signals();
  void act_on_deadlines(Time now);
  void beat(Time now);
  void show_status();

  // Acceptors: manager_acceptors.cpp.
  void start_acceptor(Slot& slot);
  void restart_acceptor(Slot& slot);
  void plan_restart(Slot& slot);
  [[nodiscard]] bool is_served(const Slot& slot) const noexcept;
  [[nodiscard]] bool is_awaited(const Slot& slot) const noexcept;
  void reap_children();
  void take_death(Instance& instance, const posix::Ending& ending);
  void take_orphan(pid_t pid, const posix::Ending& ending);
  void kill_silent(Instance& instance);
  void remove_gone_instances();

  // Events of an instance's channel. read_events gives whether none is left.
  bool read_events(Instance& instance);
  void take_event(Instance& instance, pid_t sender, const protocol::Event& event);
  void take_offence(Instance& instance, pid_t sender);
  void take(Instance& instance, const protocol::Ready& event);
  void take(Instance& instance, const protocol::Alive& event);
  void take(Instance& instance, const protocol::Draining& event);
  void take(Instance& instance, const protocol::SetupFailed& event);
  void take(Instance& instance, const protocol::Accepted& event);
  void take(Instance& instance, const protocol::Ended& event);
  void take(Instance& instance, const protocol::Troubled& event);
  void take(Instance& instance, const protocol::Counters& event);
  void fail_to_serve(Instance& instance, ExitStatus status, const std::string& why);

  // Life cycle: manager_life_cycle.cpp.
  void say_capacity(const config::Loaded& loaded);
  void say_listening();
  void finish_start();
  void begin_reload();
  void try_reload();
  void commit_reload();
  void settle_reload();
  void finish_settling();
  void abandon_reload(const std::string& why);
  void end_reload(bool succeeded);
  void stop_or_hurry();
  void begin_stop(ExitStatus status);
  void end_grace();
  void store_listeners();
  void forget_listeners(const Generation& next);

  [[nodiscard]] protocol::Counters totals() const noexcept;

  ConfigSource source_;
  posix::Descriptor signals_;
  Notifier notify_;
  PassedSockets passed_;
  Log log_;
  Heartbeat heartbeat_;
  AcceptorProgram program_;
  Generation current_;
  std::optional<Generation> next_;  // a reload: until each of its slots is served
  bool settling_ = false;      // and then: until the acceptors of before do not accept any more
  bool reload_again_ = false;  // SIGHUP came during a reload
  std::vector<ReloadRequest> answerable_;  // those that wait for this reload
  std::vector<ReloadRequest> requests_;    // and for the next one
  posix::Deadline ready_by_;               // the start's or the reload's acceptors must be ready
  std::list<Instance> instances_;
  Time gather_until_{};  // events may wait, for others to be read with them
  std::uint64_t next_slot_id_ = 1;
  std::uint64_t acceptors_started_ = 0;
  Phase phase_ = Phase::starting;
  posix::Deadline grace_until_;
  bool given_up_ = false;  // a slot's acceptors keep dying: stop at the next turn of the loop
  ExitStatus exit_status_ = ExitStatus::ok;
  protocol::Counters gone_;  // what instances that are gone have counted
  std::string status_;       // as systemd knows it
};

}  // namespace yodel::manager
