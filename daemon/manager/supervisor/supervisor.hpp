// The acceptors' lives: each slot has one that serves it, always.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <poll.h>
#include <set>
#include <span>
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

#include "log/record.hpp"
#include "manager/supervisor/acceptor.hpp"
#include "manager/supervisor/heartbeat.hpp"
#include "manager/supervisor/restart_policy.hpp"
#include "manager/supervisor/slot_change.hpp"
#include "manager/supervisor/spawn.hpp"
#include "posix/child.hpp"
#include "posix/poll.hpp"
#include "protocol/event.hpp"
#include "protocol/launch.hpp"

namespace yodel::manager {

// A [[listen]] to be served.
struct Slot {
  SlotId id = 0;
  int listener = -1;        // a listening socket, which the caller keeps open until release()
  std::string where;        // "127.0.0.1:9999"
  protocol::Launch launch;  // for each of its acceptors
};

// Starts acceptors, hears their events, and replaces those that die, fall silent or have seen too
// many crashes. Calls nobody: what has become of the slots and what is to be logged wait until they
// are taken.
class Supervisor {
 public:
  using Time = posix::Clock::time_point;

  Supervisor(AcceptorProgram program, Heartbeat heartbeat)
      : program_(std::move(program)), heartbeat_(heartbeat) {}

  // From now on `slot` has an acceptor.
  void serve(Slot slot);
  // The acceptors of these slots stop accepting, and each ends with its last session.
  void release(const std::set<SlotId>& slots);
  // Kills the acceptors that were told to stop accepting and have not done so.
  void kill_stuck();
  // Tells all sessions to end as soon as they owe nothing.
  void end_sessions() noexcept;
  // Tells all sessions to end now, and kills what is left after Acceptor::kill_time.
  void hurry_sessions() noexcept;

  [[nodiscard]] std::vector<SlotChange> take_changes() noexcept {
    return std::exchange(changes_, {});
  }
  [[nodiscard]] log::Records take_records() noexcept { return std::exchange(records_, {}); }

  // Returns whether all acceptors and their sessions are gone.
  [[nodiscard]] bool is_empty() const noexcept { return acceptors_.empty(); }
  // Returns the sums over all acceptors there were; `running` of those there are.
  [[nodiscard]] protocol::Counters totals() const noexcept;

  // For the event loop: adds the descriptors to wait for at `now`, and reads those that are ready.
  void add_descriptors(std::vector<pollfd>& fds, Time now) const;
  void read(std::span<const pollfd> fds);
  // Some child of this process, which is nobody else's, was collected.
  void on_exit(pid_t pid, const posix::Ending& ending);
  // Does what is due at `now`.
  void advance(Time now);
  [[nodiscard]] posix::Deadline next_deadline(Time now) const noexcept;

  // Asks all acceptors for a sign of life when that is due. Returns whether it was, and no acceptor
  // has failed to give one.
  [[nodiscard]] bool beat(Time now) noexcept;

 private:
  struct Served {
    Slot slot;
    RestartPolicy restarts{};
    posix::Deadline start_at{};  // its acceptor has died, and another is started then
  };

  [[nodiscard]] Served* find(SlotId slot) noexcept;
  [[nodiscard]] bool has(SlotId slot, Acceptor::State state) const noexcept;
  std::optional<std::string> start(Served& served);
  void restart(Served& served);
  void plan_restart(Served& served);
  void update();
  void review(Acceptor& acceptor);
  void replace_if_worn(const Acceptor& acceptor);
  void lose(Served& served, std::string why);
  void close_if_released(SlotId slot);
  void remove_gone();
  void handle_orphan(pid_t pid, const posix::Ending& ending);

  AcceptorProgram program_;
  Heartbeat heartbeat_;
  std::map<SlotId, Served> served_;
  std::list<Acceptor> acceptors_;
  std::uint64_t acceptors_started_ = 0;
  protocol::Counters gone_;  // what acceptors that are gone have counted
  Time gather_until_{};      // events may wait, for others to be read with them
  std::vector<SlotChange> changes_;
  log::Records records_;
};

}  // namespace yodel::manager
