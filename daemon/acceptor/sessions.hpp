// The acceptor's connections, from the accept to the end of their sessions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <sys/types.h>
#include <tl/expected.hpp>

#include "acceptor/admission.hpp"
#include "acceptor/event_sender.hpp"
#include "acceptor/predecessors.hpp"
#include "acceptor/proxy_reader.hpp"
#include "acceptor/session_table.hpp"
#include "posix/child.hpp"
#include "posix/poll.hpp"
#include "protocol/event.hpp"
#include "protocol/launch.hpp"
#include "protocol/scoreboard.hpp"

namespace yodel::acceptor {

// Decides which connections to admit, keeps them on the scoreboard, and reaps their sessions.
// Reports to the manager each crash and, if Launch::reporting asks for them, the other ends.
class Sessions {
 public:
  using Time = posix::Clock::time_point;

  // The caller owns `launch`, the scoreboard's memory and `events`, which must outlive this object.
  // Throws std::system_error.
  Sessions(const protocol::Launch& launch, protocol::Scoreboard scoreboard, EventSender& events);

  // Returns whether all predecessors have stopped accepting. The caller must not accept before.
  [[nodiscard]] bool have_taken_over() const noexcept { return predecessors_.are_counted(); }
  // Returns whether one more connection may be accepted.
  [[nodiscard]] bool has_room() const noexcept { return admission_.has_room(); }
  // Returns the number of running sessions.
  [[nodiscard]] std::size_t running() const noexcept { return table_.size(); }
  // Applies the limits of the launch record, which the caller has overwritten.
  void apply_limits() noexcept;

  struct Admitted {
    SessionTable::Index index;
    std::uint64_t number;  // of the connection, counted from 1
  };
  // Admits a connection that was accepted at `accepted`. If only proxies may connect, reads the
  // proxy's header first and makes its client the `peer`. If the connection may not be admitted,
  // counts it as refused and returns one of ProxyReader's errors, not_allowed (the peer is in no
  // network of `allow`) or source_full (its source has as many sessions as it may).
  [[nodiscard]] tl::expected<Admitted, protocol::AcceptError> admit(int connection,
                                                                    protocol::Peer& peer,
                                                                    Time accepted) noexcept;
  // Records that an admitted connection has a session, the process `pid`.
  void start(SessionTable::Index index, pid_t pid) noexcept { table_.start(index, pid); }
  // Removes an admitted connection that will not get a process, and reports it as Unserved.
  void give_up(SessionTable::Index index) noexcept;

  // Reaps the session `pid` if it has ended. Reports the end if the session crashed or
  // Reporting::sessions is set.
  void reap(pid_t pid) noexcept;
  // Does the periodic work that is due at `now`: counts the sessions of predecessors, and reaps
  // sessions whose exit signal was lost.
  void sweep(Time now) noexcept;
  // Returns when sweep() next has something to do, or std::nullopt.
  [[nodiscard]] posix::Deadline next_sweep() const noexcept;

  // Returns whether protocol::max_crashes sessions have crashed, not counting those that SIGKILL
  // ended.
  [[nodiscard]] bool crashed_too_often() const noexcept {
    return crashes_ >= protocol::max_crashes;
  }

 private:
  [[nodiscard]] tl::unexpected<protocol::AcceptError> refuse(protocol::AcceptError why) noexcept;
  void account_for(const protocol::ScoreboardEntry& entry, const posix::ChildExit& end) noexcept;

  const protocol::Launch& launch_;
  protocol::Scoreboard scoreboard_;
  EventSender& events_;
  SessionTable table_;
  Predecessors predecessors_;
  ProxyReader proxy_reader_;
  Admission admission_;
  Time next_sweep_{};
  Time next_update_{};         // of the predecessors
  std::uint64_t crashes_ = 0;  // sessions, not counting those that SIGKILL ended
};

}  // namespace yodel::acceptor
