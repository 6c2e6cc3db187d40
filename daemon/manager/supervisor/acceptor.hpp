// An acceptor as the manager sees it, from its start until it and all its sessions are gone.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

#include "log/record.hpp"
#include "manager/supervisor/channel.hpp"
#include "manager/supervisor/counters.hpp"
#include "manager/supervisor/deadlines.hpp"
#include "manager/supervisor/offenders.hpp"
#include "manager/supervisor/session_ledger.hpp"
#include "manager/supervisor/session_signals.hpp"
#include "manager/supervisor/slot_change.hpp"
#include "posix/child.hpp"
#include "posix/poll.hpp"
#include "posix/shared_memory.hpp"
#include "protocol/event.hpp"
#include "protocol/launch.hpp"
#include "protocol/scoreboard.hpp"

namespace yodel::manager {

// Owns the acceptor's process, channel and scoreboard and the ledger of its sessions. Functions add
// what must be logged to their `records`; callers query the state.
class Acceptor {
 public:
  using Time = posix::Clock::time_point;
  enum class State : std::uint8_t {
    starting,  // has not sent Ready yet
    serving,
    draining,  // was told to stop accepting
    stopped    // accepts no more: it said so, or is dead
  };
  // Why it stopped accepting without having been told to drain.
  enum class Loss : std::uint8_t {
    died,                // it crashed, was killed or failed
    shortage,            // it could not be set up because the system is short of a resource
    terminate_requested  // it received SIGTERM or SIGINT, or too many of its sessions crashed
  };
  using ScoreboardMemory = std::shared_ptr<const posix::SharedMemory>;
  // The parts of an acceptor. It is killed unless it has sent Ready by `ready_by`.
  struct Parts {
    SlotId slot = 0;
    posix::Child child;
    Channel channel;
    ScoreboardMemory memory;
    // The scoreboards of the predecessors. It attaches them before it is ready, so they must exist
    // until then.
    std::vector<ScoreboardMemory> predecessors;
    protocol::Launch launch;  // as it was sent
    records::Origin origin;
    Time ready_by;
  };
  explicit Acceptor(Parts parts);

  [[nodiscard]] SlotId slot() const noexcept { return slot_; }
  [[nodiscard]] pid_t pid() const noexcept { return child_.pid(); }
  [[nodiscard]] bool is_dead() const noexcept { return child_.was_reaped(); }
  [[nodiscard]] const records::Origin& origin() const noexcept { return ledger_.origin(); }
  [[nodiscard]] const std::string& where() const noexcept { return origin().listener; }
  [[nodiscard]] protocol::ScoreboardId scoreboard_id() const noexcept { return launch_.scoreboard; }
  [[nodiscard]] const ScoreboardMemory& scoreboard_memory() const noexcept { return memory_; }
  [[nodiscard]] Counters counters() const noexcept { return counters_of(scoreboard()); }
  [[nodiscard]] State state() const noexcept { return state_; }
  // Returns the state at the last call of this function, or draining after drain().
  State take_last_state() noexcept { return std::exchange(last_state_, state_); }
  // Returns why it stopped. Meaningful if it is stopped and was not told to drain.
  [[nodiscard]] Loss loss() const noexcept { return loss_; }
  // Returns whether it serves with the settings of the last apply().
  [[nodiscard]] bool is_current() const noexcept {
    return state_ == State::serving && applied_ == launch_.revision;
  }
  // Returns whether it has no session and will get none: it has stopped accepting and all sessions
  // have ended, or it was told to drain while it still waited for predecessors.
  [[nodiscard]] bool is_idle_for_good() const noexcept {
    const bool never_accepts =
        state_ == State::draining && !has_served_ && launch_.predecessor_count > 0;
    if (scoreboard().header().closed == 0) return never_accepts && counters().accepted == 0;
    const auto entries = scoreboard().used_entries();
    return std::all_of(entries.begin(), entries.end(),
                       [](const auto& entry) { return entry.number == 0; });
  }
  // Returns whether its sessions were told to end.
  [[nodiscard]] bool is_ending() const noexcept { return signals_.has_begun(); }
  // Returns whether it did not answer in time and was killed.
  [[nodiscard]] bool is_silent() const noexcept { return is_silent_; }
  // Returns whether it and its sessions were reaped and all their events were read; or whether they
  // were left to init because SIGKILL does not end them (state D).
  [[nodiscard]] bool is_gone() const noexcept {
    return is_abandoned_ || (channel_closed_ && is_dead() && child_.group_is_empty());
  }

  // Returns the descriptor to poll for events, or -1 if no more will come.
  [[nodiscard]] int channel() const noexcept {
    return channel_closed_ ? -1 : channel_.descriptor();
  }
  // Reads a limited number of events. Returns whether none is left.
  bool read_events(log::Records& records);

  // Call when its process was reaped.
  void on_exit(const posix::ChildExit& end, log::Records& records);
  // Call when `pid`, a session that outlived its acceptor, was reaped. Returns whether it was one
  // of this acceptor's.
  [[nodiscard]] bool on_orphan(pid_t pid, const posix::ChildExit& end, log::Records& records);
  // Adds the records of connections whose ends were not reported. Call when all processes are gone.
  void add_missing_records(log::Records& records);

  // Sends it new settings for the connections that it accepts from now on. Returns whether they
  // differ from those it has.
  bool apply(const protocol::Launch& launch, log::Records& records);
  // Pings it. advance() kills it if there is no answer by `deadline`.
  void ping(Time deadline) noexcept;
  // Makes it stop accepting and exit after its last session.
  void drain() noexcept;
  // Kills it because it does not stop accepting or does not apply its settings. Its sessions close
  // in order.
  void kill(log::Records& records);
  // Ends its sessions once it has stopped accepting: with end_signal each once it owes no reply,
  // with hurry_signal at once. What is left SessionSignals::kill_time after hurry_signal is killed.
  void end_sessions(int signal) noexcept;
  // Plans the end of its sessions with settings older than the current ones, or of all sessions
  // once it drains.
  void end_previous_sessions(EndTimes times) { signals_.plan(previous_, times); }

  // Does what is due at `now`.
  void advance(Time now, log::Records& records);
  [[nodiscard]] posix::Deadline next_deadline() const noexcept;
  // Checks the scoreboard at `now`: kills overdue sessions and reports lost events.
  void check_scoreboard(Time now, log::Records& records);

 private:
  void handle(pid_t sender, const protocol::Event& event, log::Records& records);
  void on_draining(const protocol::Draining& draining, log::Records& records);
  void handle_offence(pid_t sender, log::Records& records);
  void handle_waiting_events(log::Records& records);
  [[nodiscard]] protocol::Scoreboard scoreboard() const noexcept {
    return {memory_->bytes(), launch_.scoreboard.capacity};
  }

  SlotId slot_;
  posix::Child child_;
  Channel channel_;
  ScoreboardMemory memory_;
  std::vector<ScoreboardMemory> predecessors_;
  protocol::Launch launch_;
  SessionLedger ledger_;
  Offenders offenders_;
  SessionSignals signals_;
  std::uint32_t previous_ = 0;  // sessions of revisions below this one have previous settings
  std::uint32_t applied_;       // revision of the settings that it has applied
  State state_ = State::starting;
  State last_state_ = State::starting;
  Loss loss_ = Loss::died;
  std::uint64_t lost_events_reported_ = 0;
  posix::Deadline pong_deadline_;  // for the answer to a ping, or for Ready
  bool has_served_ = false;
  bool is_abandoned_ = false;
  bool channel_closed_ = false;
  bool is_silent_ = false;
  bool invalid_event_reported_ = false;
};

// Returns whether an acceptor in this state has neither ended nor been told to.
[[nodiscard]] constexpr bool is_wanted(Acceptor::State state) noexcept {
  return state == Acceptor::State::starting || state == Acceptor::State::serving;
}

}  // namespace yodel::manager
