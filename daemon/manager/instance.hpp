// An acceptor of a slot, from its start until it and all its sessions are gone.
#pragma once

#include <cstdint>

#include "manager/acceptor_process.hpp"
#include "manager/offenders.hpp"
#include "manager/session_ledger.hpp"
#include "posix/poll.hpp"
#include "protocol/event.hpp"

namespace yodel::manager {

struct Instance {
  enum class State : std::uint8_t {
    starting,  // has not said Ready yet
    serving,
    draining,  // was told to stop accepting
    stopped    // does not accept any more: by its own word, or because it is dead
  };

  std::uint64_t slot = 0;
  AcceptorProcess process;
  SessionLedger ledger;
  Offenders offenders{};
  State state = State::starting;
  protocol::Counters counters{};
  posix::Deadline answer_by{};  // it was asked for a sign of life
  posix::Deadline kill_at{};    // what is left of its process group then is killed
  bool channel_closed = false;
  bool is_silent = false;  // it has not answered in time, and was killed
  bool invalid_event_said = false;

  // Tells it to stop accepting and to end with its last session.
  void drain() noexcept {
    if (state != State::stopped) state = State::draining;
    answer_by.reset();  // this is the last thing that it hears
    process.drain();
  }
  // Nobody has told it to end, and it has not ended.
  [[nodiscard]] bool is_wanted() const noexcept {
    return state == State::starting || state == State::serving;
  }
  // Its process was collected, and every event of its sessions was read.
  [[nodiscard]] bool is_gone() const noexcept {
    return channel_closed && process.child().was_reaped();
  }
};

}  // namespace yodel::manager
