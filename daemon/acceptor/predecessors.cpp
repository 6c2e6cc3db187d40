#include "acceptor/predecessors.hpp"

#include <algorithm>

namespace yodel::acceptor {

using protocol::Scoreboard;

Predecessors::Predecessors(const protocol::Launch& launch) : count_(launch.predecessor_count) {
  for (std::size_t i = 0; i < count_; ++i) {
    const auto [segment, capacity] = launch.predecessors[i];
    memory_[i] = posix::SharedMemory::attach(segment, Scoreboard::size(capacity),
                                             posix::SharedMemory::Access::read);
    capacities_[i] = capacity;
    capacity_ += capacity;
  }
  if (capacity_ == 0) return;
  session_memory_ = posix::UnforkedMemory(capacity_ * sizeof(Session));
  sessions_ = session_memory_.as<Session>(capacity_);
}

void Predecessors::update(Admission& admission) noexcept {
  if (!counted_) {
    const auto board = [&](std::size_t i) {
      return Scoreboard(memory_[i].bytes(), capacities_[i]);
    };
    for (std::size_t i = 0; i < count_; ++i) {
      if (board(i).header().closed == 0) return;
    }
    for (std::size_t i = 0; i < count_; ++i) {
      for (const auto& entry : board(i).used_entries()) {
        const std::uint64_t number = entry.number;
        if (number == 0) continue;
        sessions_[running_++] = {.entry = &entry, .number = number};
        admission.count(entry.peer);
      }
    }
    counted_ = true;
  }
  for (std::size_t i = 0; i < running_;) {
    const auto [entry, number] = sessions_[i];
    if (entry->number == number) {
      ++i;
      continue;
    }
    // The peer is still there: a closed scoreboard reuses no entry.
    admission.release(entry->peer);
    sessions_[i] = sessions_[--running_];
  }
}

}  // namespace yodel::acceptor
