// The settings in force, with a listening socket for each [[listen]]. Each reload makes a new
// generation.
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
    SlotId id = 0;  // the same in the next generation if the acceptor can go on
    config::Listen settings;
    std::shared_ptr<Listener> listener;  // a generation and its successor may share it
    protocol::Launch launch;             // for each of its acceptors
    std::vector<Replaced> replaced{};    // the sockets that its listener has replaced

    [[nodiscard]] Slot slot() const;
  };

  config::Settings settings;
  std::vector<Entry> slots;

  [[nodiscard]] Plan plan() const;
  // Returns the slots that are not in `previous`.
  [[nodiscard]] std::set<SlotId> new_slots(const Generation& previous) const;
  // Returns when sessions must end that keep settings which these settings replace at `now`.
  [[nodiscard]] EndTimes end_times(posix::Clock::time_point now) const;

  // Closes replaced sockets whose time has expired at `now`.
  void drop_expired(posix::Clock::time_point now) noexcept;

  // Applies these settings to the listening sockets, which may come from a previous generation.
  void set_sockets() const noexcept;
  // Puts the listeners into the descriptor store, if there is one. systemd keeps them open across a
  // restart, an upgrade or a crash of this process.
  void store_listeners(Notifier& notify) const;
  // Removes the listeners that `next` does not keep from the store, and shuts down those that
  // `next` does not replace either.
  void forget_listeners(const Generation& next, Notifier& notify) const;
};

// Returns the launch record for an acceptor of `listen`, including its capacity.
[[nodiscard]] protocol::Launch make_launch(const config::Settings& settings,
                                           const config::Listen& listen);

// Returns a new generation. Each listening socket is taken from `previous` if that listens at the
// same address, otherwise from `passed`, otherwise it is bound. takeover.hpp describes what happens
// if a new address overlaps with one of `previous`. An acceptor of `previous` goes on if its socket
// and protocol stay and it has room for as many sessions. New slots get ids from `next_slot_id` on.
// `previous` may be null and is not changed. Throws StartError.
[[nodiscard]] Generation prepare(const config::Settings& settings, const Generation* previous,
                                 PassedSockets& passed, SlotId& next_slot_id);

}  // namespace yodel::manager
