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
#include "manager/supervisor/counters.hpp"
#include "manager/supervisor/deadlines.hpp"
#include "manager/supervisor/heartbeat.hpp"
#include "manager/supervisor/launcher.hpp"
#include "manager/supervisor/restart_policy.hpp"
#include "manager/supervisor/slot_change.hpp"
#include "posix/child.hpp"
#include "posix/poll.hpp"

namespace yodel::manager {

// Starts acceptors, hears their events, and replaces those that end: by themselves, after too many
// crashes, or because they are silent. However many there are of one address, over reloads and
// replacements, the sum of their sessions keeps to its limits. Calls nobody: what has become of the
// slots and what is to be logged wait until they are taken.
class Supervisor {
 public:
  using Time = posix::Clock::time_point;

  Supervisor(AcceptorProgram program, Heartbeat heartbeat)
      : launcher_(std::move(program)), heartbeat_(heartbeat) {}

  // From now on `slot` has an acceptor.
  void serve(Slot slot);
  // A slot that is served has other settings from now on; listener and protocol are the same.
  // Sessions under way keep theirs until `times`.
  void change(Slot slot, EndTimes times);
  // The acceptors of these slots stop accepting, and each ends with its last session, or at
  // `times`; std::nullopt: end_sessions() follows.
  void release(const std::set<SlotId>& slots, std::optional<EndTimes> times);
  // Kills the acceptors that were told to stop accepting, or to take settings, and have not done
  // so.
  void kill_stuck();
  // Tells all sessions to end: by protocol::end_signal each as soon as it owes no reply, by
  // hurry_signal now. What is left SessionSignals::kill_time after that is killed.
  void end_sessions(int signal) noexcept;

  [[nodiscard]] std::vector<SlotChange> take_changes() noexcept {
    return std::exchange(changes_, {});
  }
  [[nodiscard]] log::Records take_records() noexcept { return std::exchange(records_, {}); }

  // Returns whether all acceptors and their sessions are gone.
  [[nodiscard]] bool is_empty() const noexcept { return acceptors_.empty(); }
  // Returns the sums over all acceptors there were; `running` of those there are.
  [[nodiscard]] Counters totals() const noexcept;
  // Returns how many sessions there may be, at all slots that are served.
  [[nodiscard]] std::uint64_t max_sessions() const noexcept;

  // For the event loop: adds the descriptors to wait for at `now`, and reads those that are ready.
  void add_descriptors(std::vector<pollfd>& fds, Time now) const;
  void read(std::span<const pollfd> fds);
  // Some child of this process, which is nobody else's, was collected.
  void on_exit(pid_t pid, const posix::ChildExit& end);
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
    posix::Deadline start_at{};   // its acceptor has ended, and another is started then
    bool awaits_applied = false;  // change() was called, and no acceptor serves by it yet
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
  Counters gone_;        // what acceptors that are gone have counted
  Time gather_until_{};  // events may wait, for others to be read with them
  std::vector<SlotChange> changes_;
  log::Records records_;
};

}  // namespace yodel::manager
