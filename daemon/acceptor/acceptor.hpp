// The acceptor: accepts connections from its listening socket and forks a session for each.
#pragma once

#include <optional>
#include <sys/types.h>

#include "acceptor/event_sender.hpp"
#include "acceptor/fork_key.hpp"
#include "acceptor/rate_limited_log.hpp"
#include "acceptor/retired.hpp"
#include "acceptor/session_table.hpp"
#include "acceptor/sessions.hpp"
#include "posix/descriptor.hpp"
#include "posix/poll.hpp"
#include "posix/process_title.hpp"
#include "posix/shared_memory.hpp"
#include "posix/signals.hpp"
#include "protocol/event.hpp"
#include "protocol/launch.hpp"
#include "protocol/scoreboard.hpp"
#include "session/session.hpp"

namespace yodel::acceptor {

class Acceptor {
 public:
  struct Descriptors {
    int channel;                 // the caller's
    int control;                 // the caller's
    posix::Descriptor listener;  // non-blocking
    posix::Descriptor signals;   // for signals()
    RetiredListeners retired;    // non-blocking
  };

  // `launch` stays the caller's and must live as long; it becomes another at a reload. `title` is
  // for its sessions, which write over their copy of it. `key` stays the caller's too. Throws
  // std::system_error.
  Acceptor(protocol::Launch& launch, Descriptors descriptors, posix::ProcessTitle title,
           const ForkKey& key);

  // Says Ready and serves until it has been told to drain, by drain_signal, end_signal or
  // hurry_signal, and the last session has ended; or until protocol::max_crashes of them have
  // crashed. The processes of the sessions, which it forks, never come back from it.
  void run() noexcept;

  // What descriptors.signals must be open for, and what must be blocked: what the manager tells by
  // signals, and the signal that a session's end sends.
  [[nodiscard]] static const posix::SignalSet& signals() noexcept;

 private:
  using Time = posix::Clock::time_point;

  void wait() noexcept;
  void take_signal() noexcept;
  void take_settings() noexcept;
  void drain(protocol::DrainReason reason) noexcept;
  void give_up_pending() noexcept;
  void report(Time now) noexcept;

  [[nodiscard]] posix::Deadline next_deadline() const noexcept;
  [[nodiscard]] bool may_accept() const noexcept;
  void on_listener(int listener) noexcept;
  void accept_one(int listener) noexcept;
  void start_session() noexcept;
  void back_off(protocol::AcceptError kind, int error) noexcept;

  protocol::Launch& launch_;
  Descriptors descriptors_;
  posix::ProcessTitle title_;
  const ForkKey& key_;
  pid_t self_;
  posix::SharedMemory memory_;
  protocol::Scoreboard scoreboard_;
  EventSender events_;
  Sessions sessions_;
  RateLimitedLog error_log_;
  Time retry_{};  // not before: fork or accept has failed
  // The one that was accepted last; it waits here as long as fork fails.
  std::optional<session::Connection> pending_;
  SessionTable::Index pending_entry_ = SessionTable::none;
  const protocol::Launch* pending_launch_ = nullptr;  // the settings that it goes by
  posix::Descriptor connection_;
  bool full_was_noted_ = false;  // that somebody waits for a session
  bool draining_ = false;
};

}  // namespace yodel::acceptor
