// What the sessions of an acceptor are sent, and when.
#pragma once

#include <chrono>
#include <cstdint>
#include <sys/types.h>
#include <vector>

#include "manager/supervisor/deadlines.hpp"
#include "manager/supervisor/end_wave.hpp"
#include "posix/poll.hpp"
#include "protocol/scoreboard.hpp"

namespace yodel::manager {

class SessionSignals {
 public:
  using Time = posix::Clock::time_point;
  // What sessions that were told to hurry get to close in order: more than Stream::linger_time.
  static constexpr std::chrono::seconds kill_time{3};
  // A process that has not ended so long after SIGKILL, with no other one ending, is in state D.
  static constexpr std::chrono::seconds reach_time{5};

  // The sessions are those on `scoreboard`, whose memory stays the caller's, and in the process
  // group `group`.
  SessionSignals(protocol::Scoreboard scoreboard, pid_t group) noexcept
      : scoreboard_(scoreboard), group_(group) {}

  // Sends a signal to a process of the group.
  void send(pid_t pid, int signal) const noexcept;

  // Sends `signal`, end_signal or hurry_signal, to all of them, once the acceptor accepts no more:
  // before that it may fork one that would not hear of it. After hurry_signal and kill_time
  // follows SIGKILL, to the acceptor too. A second call with the same signal does nothing.
  void begin(int signal, Time now);
  // Returns whether begin() was called.
  [[nodiscard]] bool has_begun() const noexcept { return signal_ != 0; }
  // The acceptor accepts no more.
  void accepts_no_more(Time now);
  // They have kill_time from `now` on.
  void kill_soon(Time now) noexcept { kill_at_ = now + kill_time; }
  // Those of a revision below `revision` get the signals of EndTimes, unless begin() comes first.
  void plan(std::uint32_t revision, EndTimes times) { deadlines_.add(revision, times); }

  // Sends what is due at `now`.
  void advance(Time now);
  [[nodiscard]] posix::Deadline next() const noexcept;
  // Returns whether SIGKILL does not end what is left.
  [[nodiscard]] bool is_beyond_reach(Time now) const noexcept {
    return killed_at_ && now >= *killed_at_ + reach_time;
  }

  // Kills the sessions that should have ended by themselves long before `now`. Returns the pids of
  // those that were not killed at an earlier call.
  [[nodiscard]] std::vector<pid_t> kill_overdue(Time now);

 private:
  void advance_wave(Time now);
  void send_due(Time now);

  protocol::Scoreboard scoreboard_;
  pid_t group_;
  int signal_ = 0;       // of begin(); 0: it was not called
  int wave_signal_ = 0;  // of the wave that is under way
  bool is_closed_ = false;
  EndWave wave_;
  SessionDeadlines deadlines_;
  posix::Deadline kill_at_;    // what is left of the process group then is killed
  posix::Deadline killed_at_;  // that was done, or one has ended since
  std::uint64_t left_ = 0;     // sessions at killed_at_
  Time last_look_{};           // of kill_overdue()
};

}  // namespace yodel::manager
