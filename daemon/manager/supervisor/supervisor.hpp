// Runs the acceptors: keeps one running for each slot, restarting it as RestartPolicy decides.
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
#include "manager/supervisor/counters.hpp"
#include "manager/supervisor/deadlines.hpp"
#include "manager/supervisor/heartbeat.hpp"
#include "manager/supervisor/launcher.hpp"
#include "manager/supervisor/restart_policy.hpp"
#include "manager/supervisor/slot_change.hpp"
#include "posix/child.hpp"
#include "posix/poll.hpp"

namespace yodel::manager {

// Starts acceptors, handles their events, and replaces those that die, do not respond or had too
// many crashes. The limits count the sessions of all acceptors of one address, across reloads and
// replacements: none of them admits a connection beyond the limits. Calls no upper layer: the
// caller fetches changes of slots and records with take_changes() and take_records().
class Supervisor {
 public:
  using Time = posix::Clock::time_point;

  Supervisor(AcceptorProgram program, Heartbeat heartbeat)
      : launcher_(std::move(program)), heartbeat_(heartbeat) {}

  // Starts an acceptor for `slot`, and keeps one running from now on.
  void serve(Slot slot);
  // Applies new settings to a served slot; its listener and protocol stay the same. Running
  // sessions keep the previous settings until `times`.
  void change(Slot slot, EndTimes times);
  // Makes the acceptors of these slots stop accepting. Each exits after its last session or at
  // `times`, which is std::nullopt if end_sessions() follows.
  void release(const std::set<SlotId>& slots, std::optional<EndTimes> times);
  // Kills the acceptors that were told to stop accepting or to apply settings and have not done so.
  void kill_stuck();
  // Ends all sessions: with protocol::end_signal each once it owes no reply, with hurry_signal at
  // once. Whatever still runs SessionSignals::kill_time after hurry_signal is killed.
  void end_sessions(int signal) noexcept;

  // Returns what has changed since the last call.
  [[nodiscard]] std::vector<SlotChange> take_changes() noexcept {
    return std::exchange(changes_, {});
  }
  // Returns the records made since the last call.
  [[nodiscard]] log::Records take_records() noexcept { return std::exchange(records_, {}); }

  // Returns whether all acceptors and their sessions are gone.
  [[nodiscard]] bool is_empty() const noexcept { return acceptors_.empty(); }
  // Returns the sums over all acceptors since the start; `running` is that of now.
  [[nodiscard]] Counters totals() const noexcept;
  // Returns the sum of the session limits of all served slots.
  [[nodiscard]] std::uint64_t max_sessions() const noexcept;

  // For the event loop: add_descriptors() adds the descriptors to poll at `now`. read() reads the
  // events that are ready; `fds` must be exactly the entries that add_descriptors() added, polled,
  // with no call of advance() in between.
  void add_descriptors(std::vector<pollfd>& fds, Time now) const;
  void read(std::span<const pollfd> fds);
  // Handles the end of a child of this process that has no other owner and has been reaped.
  void on_exit(pid_t pid, const posix::ChildExit& end);
  // Does what is due at `now`.
  void advance(Time now);
  [[nodiscard]] posix::Deadline next_deadline(Time now) const noexcept;

  // Pings all acceptors if that is due. Returns whether it was due and every acceptor has answered
  // in time so far.
  [[nodiscard]] bool beat(Time now) noexcept;

 private:
  struct Served {
    Slot slot;
    RestartPolicy restarts{};
    posix::Deadline start_at{};   // when to start another acceptor, if the last has ended
    bool awaits_applied = false;  // no acceptor serves with the settings of change() yet
  };

  [[nodiscard]] Served* find(SlotId slot) noexcept;
  [[nodiscard]] bool has(SlotId slot, Acceptor::State state) const noexcept;
  [[nodiscard]] std::optional<std::string> start(Served& served);
  void restart(Served& served);
  void plan_restart(Served& served, Acceptor::Loss loss);
  void update();
  void review(Acceptor& acceptor);
  void lose(Served& served, Acceptor::Loss loss, std::string why);
  void close_if_released(SlotId slot);
  void remove_gone();
  void handle_orphan(pid_t pid, const posix::ChildExit& end);

  Launcher launcher_;
  Heartbeat heartbeat_;
  std::map<SlotId, Served> served_;
  std::list<Acceptor> acceptors_;
  Counters gone_;        // of the acceptors that are gone
  Time gather_until_{};  // channels are not polled before, so that events gather
  std::vector<SlotChange> changes_;
  log::Records records_;
};

}  // namespace yodel::manager
