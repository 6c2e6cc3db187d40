// The acceptor's connections from the accept to the end of their sessions: whom it lets in, and
// what it tells the manager of each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <sys/types.h>
#include <tl/expected.hpp>

#include "acceptor/admission.hpp"
#include "acceptor/event_sender.hpp"
#include "acceptor/predecessors.hpp"
#include "acceptor/session_table.hpp"
#include "posix/child.hpp"
#include "posix/poll.hpp"
#include "protocol/event.hpp"
#include "protocol/launch.hpp"
#include "protocol/scoreboard.hpp"

namespace yodel::acceptor {

class Sessions {
 public:
  using Time = posix::Clock::time_point;

  // `launch`, the scoreboard's memory and `events` stay the caller's. Throws std::system_error.
  Sessions(const protocol::Launch& launch, protocol::Scoreboard scoreboard, EventSender& events);

  // Returns whether no predecessor accepts connections any more. Before that none is to be.
  [[nodiscard]] bool are_ours() const noexcept { return predecessors_.are_counted(); }
  // Returns whether one more connection may be accepted.
  [[nodiscard]] bool has_room() const noexcept { return admission_.has_room(); }
  // Returns how many run.
  [[nodiscard]] std::size_t running() const noexcept { return table_.size(); }
  // The launch record has other limits.
  void take_limits() noexcept;

  struct Admitted {
    SessionTable::Index index;
    std::uint64_t number;  // of the connection, counted from 1
  };
  // Enters a connection that was accepted at `accepted`. Returns not_allowed, or source_full, and
  // counts it as refused, if its peer is in no network of allow, or there are too many of its
  // source.
  [[nodiscard]] tl::expected<Admitted, protocol::AcceptError> admit(const protocol::Peer& peer,
                                                                    Time accepted) noexcept;
  // It has a process now.
  void start(SessionTable::Index index, pid_t pid) noexcept { table_.start(index, pid); }
  // It will not get one.
  void give_up(SessionTable::Index index) noexcept;

  // Collects the session `pid`, if it has ended.
  void reap(pid_t pid) noexcept;
  // Looks after what has no signal of its own, when that is due at `now`.
  void sweep(Time now) noexcept;
  // Returns when that is due next.
  [[nodiscard]] posix::Deadline next_sweep() const noexcept;

  // Returns whether protocol::max_crashes have crashed.
  [[nodiscard]] bool are_worn() const noexcept { return crashes_ >= protocol::max_crashes; }

 private:
  void account_for(const protocol::ScoreboardEntry& entry, const posix::ChildExit& end) noexcept;

  const protocol::Launch& launch_;
  protocol::Scoreboard scoreboard_;
  EventSender& events_;
  SessionTable table_;
  Predecessors predecessors_;
  Admission admission_;
  Time next_sweep_{};
  Time next_update_{};         // of the predecessors
  std::uint64_t crashes_ = 0;  // but for sessions that somebody has killed
};

}  // namespace yodel::acceptor
