// The acceptor: accepts connections from one listening socket and forks a session for each.
#pragma once

#include <optional>
#include <sys/types.h>

#include "acceptor/admission.hpp"
#include "acceptor/event_sender.hpp"
#include "acceptor/fork_key.hpp"
#include "acceptor/session_table.hpp"
#include "acceptor/trouble_log.hpp"
#include "posix/child.hpp"
#include "posix/descriptor.hpp"
#include "posix/poll.hpp"
#include "posix/process_title.hpp"
#include "posix/signals.hpp"
#include "protocol/event.hpp"
#include "protocol/launch.hpp"
#include "session/session.hpp"

namespace yodel::acceptor {

class Acceptor {
 public:
  struct Descriptors {
    int channel;                 // the caller's
    posix::Descriptor listener;  // non-blocking
    posix::Descriptor signals;   // for signals()
  };

  // `launch` stays the caller's and must live as long. `title` is for its sessions, which write
  // over their copy of it. `key` stays the caller's too. Throws std::system_error.
  Acceptor(const protocol::Launch& launch, Descriptors descriptors, posix::ProcessTitle title,
           const ForkKey& key);

  // Says Ready and serves until it has been told to drain, by drain_signal or the sessions'
  // signals, and the last session has ended. The processes of the sessions, which it forks, never
  // come back from it.
  void run() noexcept;

  // What descriptors.signals must be open for, and what must be blocked: what the manager tells by
  // signals, and the signal that a session's end sends.
  [[nodiscard]] static const posix::SignalSet& signals() noexcept;

 private:
  using Time = posix::Clock::time_point;

  void wait() noexcept;
  void take_signal() noexcept;
  void reap(pid_t pid) noexcept;
  void account_for(pid_t pid, const Session& session, const posix::Ending& ending) noexcept;
  void sweep(Time now) noexcept;
  void drain() noexcept;
  void give_up_pending() noexcept;
  void report(Time now) noexcept;

  [[nodiscard]] bool may_accept() const noexcept;
  void accept_one() noexcept;
  void start_session() noexcept;
  void back_off(protocol::Trouble trouble, int error) noexcept;

  const protocol::Launch& launch_;
  Descriptors descriptors_;
  posix::ProcessTitle title_;
  const ForkKey& key_;
  pid_t self_;
  SessionTable sessions_;
  Admission admission_;
  EventSender events_;
  TroubleLog troubles_;
  protocol::Counters counters_;       // as they are now
  protocol::Counters last_reported_;  // as the manager knows them
  Time may_report_{};
  Time next_sweep_{};
  Time retry_{};  // not before: fork or accept has failed
  // The one that was accepted last; it waits here as long as fork fails.
  std::optional<session::Connection> pending_;
  posix::Descriptor connection_;
  bool draining_ = false;
};

}  // namespace yodel::acceptor
