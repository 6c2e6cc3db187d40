// The acceptors that were at this address before, whose sessions count towards its limits.
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

// An acceptor accepts nothing until none of those before it does: then what is left of the limits
// is its own, and grows with each of their sessions that ends.
class Predecessors {
 public:
  // Attaches their scoreboards. Throws std::system_error.
  explicit Predecessors(const protocol::Launch& launch);

  // Returns how many sessions there may be of them, at most.
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

  // Counts their sessions once none of them accepts any more, and takes off those that have ended
  // since the last call.
  void update(Admission& admission) noexcept;
  // Returns whether none of them accepts any more, and their sessions are counted.
  [[nodiscard]] bool are_counted() const noexcept { return counted_; }
  // Returns whether there is nothing to update.
  [[nodiscard]] bool are_gone() const noexcept { return counted_ && running_ == 0; }

 private:
  // A session of theirs, which runs for as long as its entry has this number.
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
  std::size_t running_ = 0;  // of sessions_, from the start on
  bool counted_ = false;
};

}  // namespace yodel::acceptor
