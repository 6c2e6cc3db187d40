// The daemon's life as a state machine: its start, its reloads, its stop.
//
// It has no process, no descriptor and no clock. An Event says what has happened, and the Actions
// that follow say what to do. The manager performs them in order before it passes the next event.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "manager/supervisor/counters.hpp"
#include "manager/supervisor/slot_change.hpp"
#include "posix/poll.hpp"

namespace yodel::manager {

using RequestId = std::uint64_t;  // of a `yodeld --reload` that waits for an answer

// The slots and the grace period that the life cycle needs to know of one version of the file.
struct Plan {
  std::set<SlotId> slots;
  std::chrono::milliseconds grace{};  // shutdown.grace
};

namespace event {
struct ReloadAsked {
  std::optional<RequestId> request{};  // std::nullopt for SIGHUP, which gets no answer
};
// The plan is prepared. Comes before any SlotChange of the plan's new slots; the other slots of the
// plan are in force.
struct Prepared {
  Plan plan;
};
struct NotPrepared {
  std::string why;
};
struct Listening {};  // every socket of the prepared plan listens
struct NotListening {
  std::string why;
};
struct StopAsked {};   // SIGTERM or SIGINT
struct AllGone {};     // no acceptor and no session is left
struct TimePassed {};  // the deadline may have passed
}  // namespace event

using Event = std::variant<event::ReloadAsked, event::Prepared, event::NotPrepared,
                           event::Listening, event::NotListening, SlotChange, event::StopAsked,
                           event::AllGone, event::TimePassed>;

namespace action {
// Read the file, bind its addresses and start acceptors. Prepared or NotPrepared follows.
struct Prepare {};
struct BeginServing {};  // the start has succeeded
// Make the new sockets listen that replace previous ones at overlapping addresses. Listening or
// NotListening follows.
struct Listen {};
// Put the prepared plan in force. The acceptors of slots that stay get their new settings.
struct Commit {};
struct Discard {};  // drop the prepared plan
struct Release {
  std::set<SlotId> slots;  // stop serving them
};
struct KillStuck {
};  // kill acceptors that should have stopped accepting, or applied new settings, and have not
struct EndReload {
  std::optional<std::string> failure{};  // std::nullopt if it succeeded
};
struct Answer {
  std::vector<RequestId> requests;
  bool succeeded = false;
};
struct BeginStop {};
struct EndSessions {};  // the grace period has expired
}  // namespace action

using Action = std::variant<action::Prepare, action::BeginServing, action::Listen, action::Commit,
                            action::Discard, action::Release, action::KillStuck, action::EndReload,
                            action::Answer, action::BeginStop, action::EndSessions>;

struct LifeCycle {
  using Time = posix::Clock::time_point;
  enum class Phase : std::uint8_t {
    starting,   // until every slot of `current` is served
    serving,    // no reload or stop is under way
    preparing,  // until Prepared or NotPrepared
    reloading,  // until every new slot of `next` is served
    listening,  // until Listening or NotListening
    settling,   // `next` is `current` now; until no acceptor accepts under a previous plan
    stopping,   // until AllGone
    stopped
  };
  enum class StopReason : std::uint8_t { asked, given_up, not_started };

  // How long acceptors may take to become ready, and previous ones to stop accepting.
  static constexpr std::chrono::seconds ready_time{10};

  // Returns the state of a daemon that starts at `now` and is to serve the slots of `plan`.
  [[nodiscard]] static LifeCycle begin(Plan plan, Time now);

  Phase phase = Phase::starting;
  Plan current;
  Plan next{};
  std::set<SlotId> unserved{};          // of `current` during the start, of `next` during a reload
  std::set<SlotId> unsettled{};         // slots that may still accept after their release, or
                                        // with previous settings
  posix::Deadline deadline{};           // of the phase; while stopping, of the grace period
  bool reload_again = false;            // the file may have changed since it was read
  std::vector<RequestId> answerable{};  // requests that wait for this reload
  std::vector<RequestId> waiting{};     // requests that wait for the next one
  StopReason stop_reason = StopReason::asked;
  std::string failure{};  // why the start failed
};

struct Step {
  LifeCycle state;
  std::vector<Action> actions;
};
// Returns the state that follows `state` when `event` happens at `now`, and the actions to take.
// Each request gets one Answer. Each Prepare gets one EndReload, unless a stop comes first.
[[nodiscard]] Step step(LifeCycle state, const Event& event, LifeCycle::Time now);

// Returns the line that `systemctl status` shows: STATUS=, sd_notify(3). `max_sessions` is 0 if no
// more connections are accepted.
[[nodiscard]] std::string status_text(LifeCycle::Phase phase, const Counters& totals,
                                      std::uint64_t max_sessions);

}  // namespace yodel::manager
