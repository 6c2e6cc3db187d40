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

// The acceptor's main loop. Single-threaded, because it forks.
class Acceptor {
 public:
  struct Descriptors {
    int channel;                 // borrowed from the caller
    int control;                 // borrowed from the caller
    posix::Descriptor listener;  // non-blocking
    posix::Descriptor signals;   // for signals()
    RetiredListeners retired;    // non-blocking
  };

  // Borrows `launch`, which a reload overwrites, and `key`; both must outlive this object. Sessions
  // overwrite their copy of `title`. Throws std::system_error.
  Acceptor(protocol::Launch& launch, Descriptors descriptors, posix::ProcessTitle title,
           const ForkKey& key);

  // Sends Ready and serves until it has been told to drain, by drain_signal, end_signal or
  // hurry_signal, and the last session has ended; or until protocol::max_crashes sessions have
  // crashed, not counting those that SIGKILL ended; or until the channel is broken. Never returns
  // in a session's process.
  void run() noexcept;

  // Returns the signals that the manager sends and the one that a session's exit sends. The caller
  // must block them and open `Descriptors::signals` for them.
  [[nodiscard]] static const posix::SignalSet& signals() noexcept;

 private:
  using Time = posix::Clock::time_point;

  void wait() noexcept;
  void handle_signal() noexcept;
  void apply_settings() noexcept;
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
  Time retry_{};  // when to accept or fork again after a failure
  // The connection that was accepted last, until it has a process; waits here while forks fail.
  std::optional<session::Connection> pending_;
  SessionTable::Index pending_entry_ = SessionTable::none;
  const protocol::Launch* pending_launch_ = nullptr;  // its settings
  posix::Descriptor connection_;
  bool full_was_noted_ = false;  // sessions_full has been noted since there was last room
  bool draining_ = false;
};

}  // namespace yodel::acceptor
