// The previous acceptors of this address, whose sessions count towards its limits.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "acceptor/admission.hpp"
#include "posix/shared_memory.hpp"
#include "posix/unforked_memory.hpp"
#include "protocol/launch.hpp"
#include "protocol/scoreboard.hpp"

namespace yodel::acceptor {

// Counts the sessions of the previous acceptors, from their scoreboards. An acceptor must not
// accept until all of its predecessors have stopped. From then on it has what their sessions leave
// of the limits, and more as these end.
class Predecessors {
 public:
  // Attaches the scoreboards that `launch` names. Throws std::system_error.
  explicit Predecessors(const protocol::Launch& launch);

  // Returns the maximum number of sessions that the predecessors can have.
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

  // Once no predecessor accepts any more, counts their sessions in `admission`; after that,
  // releases those that have ended since the last call.
  void update(Admission& admission) noexcept;
  // Returns whether all predecessors have stopped accepting and their sessions are counted.
  [[nodiscard]] bool are_counted() const noexcept { return counted_; }
  // Returns whether all their sessions have ended, so that update() has nothing left to do.
  [[nodiscard]] bool are_gone() const noexcept { return counted_ && running_ == 0; }

 private:
  // A session of a predecessor, which runs as long as its entry has this number.
  struct Session {
    const protocol::ScoreboardEntry* entry;
    std::uint64_t number;
  };

  std::array<posix::SharedMemory, protocol::max_predecessors> memory_;
  std::array<std::uint32_t, protocol::max_predecessors> capacities_{};
  std::size_t count_ = 0;
  std::size_t capacity_ = 0;
  posix::UnforkedMemory session_memory_;
  std::span<Session> sessions_;
  std::size_t running_ = 0;  // the number of sessions_ in use, from the first on
  bool counted_ = false;
};

}  // namespace yodel::acceptor
