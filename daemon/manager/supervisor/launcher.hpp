// Starts an acceptor with its sockets, its scoreboard and its launch record.
#pragma once

#include <cstdint>
#include <list>
#include <string>
#include <utility>
#include <vector>

#include "manager/supervisor/acceptor.hpp"
#include "manager/supervisor/replaced.hpp"
#include "manager/supervisor/slot_change.hpp"
#include "manager/supervisor/spawn.hpp"
#include "protocol/launch.hpp"

namespace yodel::manager {

// A [[listen]] that needs an acceptor.
struct Slot {
  SlotId id = 0;
  int listener = -1;        // a listening socket; the caller keeps it open until release()
  std::string where;        // "127.0.0.1:9999"
  protocol::Launch launch;  // for each of its acceptors
  std::vector<Replaced> replaced{};
};

class Launcher {
 public:
  explicit Launcher(AcceptorProgram program) : program_(std::move(program)) {}

  // Starts an acceptor of `slot`. The acceptors in `others` at the same address, or at one that the
  // slot has replaced, are its predecessors: their sessions count towards its limits. If there are
  // many predecessors, ends the sessions of the oldest one. Throws std::system_error, also if there
  // are more than protocol::max_predecessors.
  [[nodiscard]] Acceptor::Parts start(const Slot& slot, std::list<Acceptor>& others);

 private:
  AcceptorProgram program_;
  std::uint64_t started_ = 0;
};

}  // namespace yodel::manager
