// The daemon's life as values: its start, its reloads, its stop.
//
// No process, no descriptor, no clock. What happens is an Event; what is to be done about it are
// Actions, which the manager performs in their order before it hands over the next event.
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

// What one reading of the file asks for.
struct Plan {
  std::set<SlotId> slots;
  std::chrono::milliseconds grace{};  // shutdown.grace
};

namespace event {
struct ReloadAsked {
  std::optional<RequestId> request{};  // std::nullopt: SIGHUP, which gets no answer
};
struct Prepared {
  Plan plan;  // no change of its new slots was handed over yet; others are in force, and stay
};
struct NotPrepared {
  std::string why;
};
struct Listening {};  // each socket of what was prepared listens
struct NotListening {
  std::string why;
};
struct StopAsked {};   // SIGTERM or SIGINT
struct AllGone {};     // no acceptor and no session is left
struct TimePassed {};  // look at the deadline
}  // namespace event

using Event = std::variant<event::ReloadAsked, event::Prepared, event::NotPrepared,
                           event::Listening, event::NotListening, SlotChange, event::StopAsked,
                           event::AllGone, event::TimePassed>;

namespace action {
// Read the file, bind where it says and start acceptors there: Prepared or NotPrepared follows.
struct Prepare {};
struct BeginServing {};  // the start is over
// All is ready: new sockets at addresses of previous ones listen too, Listening or NotListening
// follows.
struct Listen {};
// Puts what was prepared in force: the acceptors of slots that stay get their new settings.
struct Commit {};
struct Discard {};  // forget what was prepared
struct Release {
  std::set<SlotId> slots;  // they are not to be served any more
};
struct KillStuck {};  // acceptors that do not stop accepting, or do not apply their settings
struct EndReload {
  std::optional<std::string> failure{};  // std::nullopt: it succeeded
};
struct Answer {
  std::vector<RequestId> requests;
  bool succeeded = false;
};
struct BeginStop {};
struct EndSessions {};  // the grace is over
}  // namespace action

using Action = std::variant<action::Prepare, action::BeginServing, action::Listen, action::Commit,
                            action::Discard, action::Release, action::KillStuck, action::EndReload,
                            action::Answer, action::BeginStop, action::EndSessions>;

struct LifeCycle {
  using Time = posix::Clock::time_point;
  enum class Phase : std::uint8_t {
    starting,   // until each slot of `current` is served
    serving,    // nothing is under way
    preparing,  // until Prepared or NotPrepared
    reloading,  // until each new slot of `next` is served
    listening,  // until Listening or NotListening
    settling,   // `next` has become `current`; until no acceptor accepts by another plan
    stopping,   // until all is gone
    stopped
  };
  enum class StopReason : std::uint8_t { asked, given_up, not_started };

  // What all acceptors get to become ready, and previous ones to stop accepting.
  static constexpr std::chrono::seconds ready_time{10};

  // Returns the state in which the slots of `plan` have been asked for, at `now`.
  [[nodiscard]] static LifeCycle begin(Plan plan, Time now);

  Phase phase = Phase::starting;
  Plan current;
  Plan next{};
  std::set<SlotId> unserved{};          // of `current` at the start, of `next` at a reload
  std::set<SlotId> unsettled{};         // released ones that may accept, others with old settings
  posix::Deadline deadline{};           // of the phase; while stopping, of the grace
  bool reload_again = false;            // the file may have changed since it was read
  std::vector<RequestId> answerable{};  // requests that wait for this reload
  std::vector<RequestId> waiting{};     // and for the next one
  StopReason stop_reason = StopReason::asked;
  std::string failure{};  // why it did not start
};

struct Step {
  LifeCycle state;
  std::vector<Action> actions;
};
// Returns what becomes of `state` by `event` at `now`. Each request gets one Answer, and each
// Prepare one EndReload, unless a stop comes first.
[[nodiscard]] Step step(LifeCycle state, const Event& event, LifeCycle::Time now);

// Returns the line that `systemctl status` shows: STATUS=, sd_notify(3).
// `max_sessions` 0: none are accepted.
[[nodiscard]] std::string status_text(LifeCycle::Phase phase, const Counters& totals,
                                      std::uint64_t max_sessions);

}  // namespace yodel::manager
