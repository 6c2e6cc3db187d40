// An acceptor as the manager sees it, from its start until it and all its sessions are gone.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <sys/types.h>

#include "log/record.hpp"
#include "manager/supervisor/channel.hpp"
#include "manager/supervisor/offenders.hpp"
#include "manager/supervisor/session_ledger.hpp"
#include "manager/supervisor/slot_change.hpp"
#include "posix/child.hpp"
#include "posix/poll.hpp"
#include "protocol/event.hpp"

namespace yodel::manager {

// Its process, its channel and the books of its sessions. What is to be logged is added to the
// `records` of the call; what its state has become, the caller asks.
class Acceptor {
 public:
  using Time = posix::Clock::time_point;
  enum class State : std::uint8_t {
    starting,  // has not said Ready yet
    serving,
    draining,  // was told to stop accepting
    stopped    // does not accept any more: by its own word, or because it is dead
  };
  // What sessions that were told to hurry get to close in order: more than Stream::linger_time.
  static constexpr std::chrono::seconds kill_time{3};

  Acceptor(SlotId slot, posix::Child child, Channel channel, records::Origin origin)
      : slot_(slot),
        child_(std::move(child)),
        channel_(std::move(channel)),
        ledger_(std::move(origin)) {}

  [[nodiscard]] SlotId slot() const noexcept { return slot_; }
  [[nodiscard]] pid_t pid() const noexcept { return child_.pid(); }
  [[nodiscard]] bool is_dead() const noexcept { return child_.was_reaped(); }
  [[nodiscard]] const records::Origin& origin() const noexcept { return ledger_.origin(); }
  [[nodiscard]] const protocol::Counters& counters() const noexcept { return counters_; }
  [[nodiscard]] State state() const noexcept { return state_; }
  // Returns what it was at the last call of this function, or after drain().
  State take_last_state() noexcept { return std::exchange(last_state_, state_); }
  // It has said itself that it accepts no more.
  [[nodiscard]] bool has_drained() const noexcept { return has_drained_; }
  // It did not answer in time, and was killed.
  [[nodiscard]] bool is_silent() const noexcept { return is_silent_; }
  // It and its sessions were collected, and every event of theirs was read.
  [[nodiscard]] bool is_gone() const noexcept {
    return channel_closed_ && is_dead() && child_.group_is_empty();
  }

  // The descriptor to poll for events; -1: none comes any more.
  [[nodiscard]] int channel() const noexcept {
    return channel_closed_ ? -1 : channel_.descriptor();
  }
  // Reads events. Returns whether none is left; otherwise other work may come first.
  bool read_events(log::Records& records);

  // Its process was collected.
  void on_exit(const posix::Ending& ending, log::Records& records);
  // The process `pid`, a session that outlived its acceptor, was collected. Returns whether it was
  // one of this acceptor's.
  [[nodiscard]] bool on_orphan(pid_t pid, const posix::Ending& ending, log::Records& records);
  // All are gone: adds the records of sessions whose end was not reported.
  void close_books(log::Records& records);

  // Asks for a sign of life. Where none comes until `deadline`, advance() kills the acceptor.
  void ping(Time deadline) noexcept;
  // Tells it to stop accepting and to end with its last session.
  void drain() noexcept;
  // Kills an acceptor that does not stop accepting. Its sessions close in order.
  void kill(log::Records& records);
  // Tells its sessions to end as soon as they owe nothing, once it accepts no more.
  void end_sessions() noexcept;
  // Tells its sessions to end now, and kills what is left after kill_time.
  void hurry_sessions() noexcept;

  // Does what is due at `now`.
  void advance(Time now, log::Records& records);
  [[nodiscard]] posix::Deadline next_deadline() const noexcept {
    return posix::earlier(kill_at_, pong_deadline_);
  }

 private:
  void handle(pid_t sender, const protocol::Event& event, log::Records& records);
  void handle_offence(pid_t sender, log::Records& records);
  [[nodiscard]] const std::string& where() const noexcept { return origin().listener; }

  SlotId slot_;
  posix::Child child_;
  Channel channel_;
  SessionLedger ledger_;
  Offenders offenders_;
  State state_ = State::starting;
  State last_state_ = State::starting;
  protocol::Counters counters_;
  posix::Deadline pong_deadline_;  // it was asked for a sign of life
  posix::Deadline kill_at_;        // what is left of its process group then is killed
  bool has_drained_ = false;
  bool is_ending_ = false;
  bool channel_closed_ = false;
  bool is_silent_ = false;
  bool invalid_event_said_ = false;
};

// Returns whether nobody has told it to end, and it has not ended.
[[nodiscard]] constexpr bool is_wanted(Acceptor::State state) noexcept {
  return state == Acceptor::State::starting || state == Acceptor::State::serving;
}

}  // namespace yodel::manager
