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

// Its process, its channel, its scoreboard and the books of its sessions. What is to be logged is
// added to the `records` of the call; what its state has become, the caller asks.
class Acceptor {
 public:
  using Time = posix::Clock::time_point;
  enum class State : std::uint8_t {
    starting,  // has not said Ready yet
    serving,
    draining,  // was told to stop accepting
    stopped    // does not accept any more: by its own word, or because it is dead
  };
  // Why it accepts no more without having been told to drain.
  enum class Loss : std::uint8_t {
    died,                // it ended badly
    short_of,            // it could not be set up, because the system is short of something
    terminate_requested  // somebody has sent it SIGTERM, or too many of its sessions have crashed
  };
  using ScoreboardMemory = std::shared_ptr<const posix::SharedMemory>;
  // What it is made of. It must have said Ready by `ready_by`, or is killed.
  struct Parts {
    SlotId slot = 0;
    posix::Child child;
    Channel channel;
    ScoreboardMemory memory;
    // Of those that it is to attach: they must not go before it is Ready.
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
  // Returns what it was at the last call of this function, or after drain().
  State take_last_state() noexcept { return std::exchange(last_state_, state_); }
  // Of one that is stopped, and was not told to drain.
  [[nodiscard]] Loss loss() const noexcept { return loss_; }
  // Returns whether it serves with the settings that it was last given.
  [[nodiscard]] bool is_current() const noexcept {
    return state_ == State::serving && applied_ == launch_.revision;
  }
  // Returns whether it has no session and gets none any more: those are over, or it was told to
  // drain before it was ready, while it waited for predecessors.
  [[nodiscard]] bool is_idle_for_good() const noexcept {
    const bool never_accepts =
        state_ == State::draining && !has_served_ && launch_.predecessor_count > 0;
    if (scoreboard().header().closed == 0) return never_accepts && counters().accepted == 0;
    const auto entries = scoreboard().used_entries();
    return std::all_of(entries.begin(), entries.end(),
                       [](const auto& entry) { return entry.number == 0; });
  }
  // Its sessions were told to end.
  [[nodiscard]] bool is_ending() const noexcept { return signals_.has_begun(); }
  // It did not answer in time, and was killed.
  [[nodiscard]] bool is_silent() const noexcept { return is_silent_; }
  // It and its sessions were collected, and every event of theirs was read; or they are in state D,
  // where SIGKILL does not end them, and left to init.
  [[nodiscard]] bool is_gone() const noexcept {
    return is_abandoned_ || (channel_closed_ && is_dead() && child_.group_is_empty());
  }

  // The descriptor to poll for events; -1: none comes any more.
  [[nodiscard]] int channel() const noexcept {
    return channel_closed_ ? -1 : channel_.descriptor();
  }
  // Reads events. Returns whether none is left; otherwise other work may come first.
  bool read_events(log::Records& records);

  // Its process was collected.
  void on_exit(const posix::ChildExit& end, log::Records& records);
  // The process `pid`, a session that outlived its acceptor, was collected. Returns whether it was
  // one of this acceptor's.
  [[nodiscard]] bool on_orphan(pid_t pid, const posix::ChildExit& end, log::Records& records);
  // All are gone: adds the records of connections whose end was not reported.
  void close_books(log::Records& records);

  // Gives it these settings, for the connections that it accepts from now on. Returns whether they
  // are others than those it has.
  bool apply(const protocol::Launch& launch, log::Records& records);
  // Asks for a sign of life. Where none comes until `deadline`, advance() kills the acceptor.
  void ping(Time deadline) noexcept;
  // Tells it to stop accepting and to end with its last session.
  void drain() noexcept;
  // Kills an acceptor that does not stop accepting or does not take its settings. Its sessions
  // close in order.
  void kill(log::Records& records);
  // Tells its sessions, once it accepts no more, to end: by end_signal each as soon as it owes no
  // reply, by hurry_signal now; what is left SessionSignals::kill_time after that is killed.
  void end_sessions(int signal) noexcept;
  // The sessions that go by settings before those of now, or all of them once it drains, are told
  // to end, to hurry, and are killed at these times.
  void end_previous_sessions(EndTimes times) { signals_.plan(previous_, times); }

  // Does what is due at `now`.
  void advance(Time now, log::Records& records);
  [[nodiscard]] posix::Deadline next_deadline() const noexcept;
  // Looks at the scoreboard, at `now`: kills sessions that have not ended in their time, and tells
  // of events that were lost.
  void look_over(Time now, log::Records& records);

 private:
  void handle(pid_t sender, const protocol::Event& event, log::Records& records);
  void on_draining(const protocol::Draining& draining, log::Records& records);
  void handle_offence(pid_t sender, log::Records& records);
  void take_waiting_events(log::Records& records);
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
  std::uint32_t previous_ = 0;  // sessions of a revision below this one go by previous settings
  std::uint32_t applied_;       // the revision of the settings that it goes by
  State state_ = State::starting;
  State last_state_ = State::starting;
  Loss loss_ = Loss::died;
  std::uint64_t lost_events_said_ = 0;
  posix::Deadline pong_deadline_;  // it was asked for a sign of life, or has not said Ready
  bool has_served_ = false;
  bool is_abandoned_ = false;
  bool channel_closed_ = false;
  bool is_silent_ = false;
  bool invalid_event_said_ = false;
};

// Returns whether nobody has told it to end, and it has not ended.
[[nodiscard]] constexpr bool is_wanted(Acceptor::State state) noexcept {
  return state == Acceptor::State::starting || state == Acceptor::State::serving;
}

}  // namespace yodel::manager
