// The settings in force, with a listening socket for each [[listen]]: a reload makes another one.
#pragma once

#include <memory>
#include <set>
#include <vector>

#include "config/settings.hpp"
#include "manager/life_cycle.hpp"
#include "manager/listener.hpp"
#include "manager/supervisor/deadlines.hpp"
#include "manager/supervisor/launcher.hpp"
#include "manager/supervisor/replaced.hpp"
#include "manager/supervisor/slot_change.hpp"
#include "manager/systemd/notifier.hpp"
#include "manager/systemd/passed_sockets.hpp"
#include "posix/poll.hpp"
#include "protocol/launch.hpp"

namespace yodel::manager {

struct Generation {
  // One [[listen]].
  struct Entry {
    SlotId id = 0;  // the same in the next generation if its acceptor can go on
    config::Listen settings;
    std::shared_ptr<Listener> listener;  // a generation and its successor may share it
    protocol::Launch launch;             // for each acceptor of it
    std::vector<Replaced> replaced{};    // what its listener has replaced

    [[nodiscard]] Slot slot() const;
  };

  config::Settings settings;
  std::vector<Entry> slots;

  [[nodiscard]] Plan plan() const;
  // Returns the slots that `previous` has not.
  [[nodiscard]] std::set<SlotId> new_slots(const Generation& previous) const;
  // Returns when sessions end that go on with settings which these replace at `now`.
  [[nodiscard]] EndTimes end_times(posix::Clock::time_point now) const;

  // Lets go of replaced sockets whose time is over at `now`.
  void drop_expired(posix::Clock::time_point now) noexcept;

  // Sets up the listening sockets, which another generation may have had, as these settings say.
  void set_sockets() const noexcept;
  // Puts the listeners into the descriptor store, where there is one: over a restart, an upgrade or
  // a crash of this process they stay open with systemd.
  void store_listeners(Notifier& notify) const;
  // Takes those that `next` does not listen at out of the store again, and ends them unless it
  // replaces them.
  void forget_listeners(const Generation& next, Notifier& notify) const;
};

// Returns what `settings` say to an acceptor of `listen`, with the room for connections that it is
// to have.
[[nodiscard]] protocol::Launch make_launch(const config::Settings& settings,
                                           const config::Listen& listen);

// Prepares a generation. A listening socket comes from `previous` (null: there is none) where that
// has the same address, else from `passed`, else it is bound; takeover.hpp says how, where that
// overlaps with one of `previous`. An acceptor of `previous` goes on
// where its socket and its protocol stay and it has room for as many sessions. `next_slot_id`
// counts on. Nothing of `previous` is changed. Throws StartError.
[[nodiscard]] Generation prepare(const config::Settings& settings, const Generation* previous,
                                 PassedSockets& passed, SlotId& next_slot_id);

}  // namespace yodel::manager
