// The settings in force, with a listening socket for each [[listen]]: a reload makes another one.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "config/settings.hpp"
#include "manager/listener.hpp"
#include "manager/passed_sockets.hpp"
#include "manager/restart_policy.hpp"
#include "posix/poll.hpp"
#include "protocol/launch.hpp"

namespace yodel::manager {

// One [[listen]] in force. It is to have one acceptor that serves it, always.
struct Slot {
  std::uint64_t id = 0;  // of its own in all generations
  config::Listen settings;
  std::shared_ptr<Listener> listener;  // a generation and its successor may share it
  protocol::Launch launch;             // for each acceptor that is started for it
  RestartPolicy restarts;
  posix::Deadline start_at;  // an acceptor has died, and another is started then
};

struct Generation {
  config::Settings settings;
  std::vector<Slot> slots;

  [[nodiscard]] Slot* find(std::uint64_t slot_id) noexcept;
  // Lets the listening sockets, which another generation may have had, be as these settings say.
  void set_sockets() const noexcept;
};

// What `settings` say to an acceptor of `listen`.
[[nodiscard]] protocol::Launch make_launch(const config::Settings& settings,
                                           const config::Listen& listen);

// Prepares a generation. A listening socket comes from `previous` (null: there is none) where that
// has the same address, else from `passed`, else it is bound. `next_slot_id` counts on. Nothing of
// `previous` is changed. Throws StartError.
[[nodiscard]] Generation prepare(const config::Settings& settings, const Generation* previous,
                                 PassedSockets& passed, std::uint64_t& next_slot_id);

}  // namespace yodel::manager
