// Sends signals to the sessions of an acceptor at the right times.
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
  // How long sessions have after hurry_signal to close in order: more than Stream::linger_time.
  static constexpr std::chrono::seconds kill_time{3};
  // Processes that are left this long after SIGKILL, and after the last one ended, are in state D.
  static constexpr std::chrono::seconds unkillable_after{5};

  // The sessions are those on `scoreboard`, whose memory the caller keeps, and in the process group
  // `group`.
  SessionSignals(protocol::Scoreboard scoreboard, pid_t group) noexcept
      : scoreboard_(scoreboard), group_(group) {}

  // Sends `signal` to `pid` if that process is in the group.
  void send(pid_t pid, int signal) const noexcept;

  // Sends `signal`, end_signal or hurry_signal, to all sessions once the acceptor has stopped
  // accepting; a session forked after the signal would miss it. SIGKILL follows hurry_signal after
  // kill_time, also for the acceptor. A second call with the same signal does nothing.
  void begin(int signal, Time now);
  // Returns whether begin() was called.
  [[nodiscard]] bool has_begun() const noexcept { return signal_ != 0; }
  // Call when the acceptor has stopped accepting: sends the signal of begin(), if any.
  void on_accepting_stopped(Time now);
  // Sends SIGKILL to the whole group kill_time after `now`.
  void kill_soon(Time now) noexcept { kill_at_ = now + kill_time; }
  // Sends sessions of revisions below `revision` the signals of EndTimes, unless begin() comes
  // first.
  void plan(std::uint32_t revision, EndTimes times) { deadlines_.add(revision, times); }

  // Sends what is due at `now`.
  void advance(Time now);
  [[nodiscard]] posix::Deadline next() const noexcept;
  // Returns whether the remaining processes have survived SIGKILL.
  [[nodiscard]] bool is_unkillable(Time now) const noexcept {
    return killed_at_ && now >= *killed_at_ + unkillable_after;
  }

  // Kills the sessions that are past ScoreboardEntry::overdue at `now`. Returns the pids of those
  // that no earlier call has killed.
  [[nodiscard]] std::vector<pid_t> kill_overdue(Time now);

 private:
  void advance_wave(Time now);
  void send_due(Time now);

  protocol::Scoreboard scoreboard_;
  pid_t group_;
  int signal_ = 0;       // of begin(); 0 before
  int wave_signal_ = 0;  // of the current wave
  bool accepting_stopped_ = false;
  EndWave wave_;
  SessionDeadlines deadlines_;
  posix::Deadline kill_at_;    // when to kill the rest of the process group
  posix::Deadline killed_at_;  // when it was killed, or a session last ended after that
  std::uint64_t left_ = 0;     // sessions at killed_at_
  Time last_check_{};          // of kill_overdue()
};

}  // namespace yodel::manager
