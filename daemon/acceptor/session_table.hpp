// The acceptor's connections, each on the scoreboard, and its sessions by pid.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <sys/types.h>

#include "acceptor/fixed_map.hpp"
#include "posix/unforked_memory.hpp"
#include "protocol/scoreboard.hpp"

namespace yodel::acceptor {

class SessionTable {
 public:
  // An entry of the scoreboard.
  using Index = std::uint32_t;
  static constexpr Index none = UINT32_MAX;
  // A connection as it was accepted.
  struct Connection {
    std::uint64_t number = 0;
    protocol::Peer peer{};
    protocol::ScoreboardEntry::Clock::time_point accepted{};
    protocol::ScoreboardEntry::Clock::time_point overdue{};
    std::uint32_t revision = 0;
  };

  // `scoreboard` has room for `capacity` connections. Throws std::system_error.
  SessionTable(protocol::Scoreboard scoreboard, std::uint32_t capacity);

  // Returns how many have a session.
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  // Enters a connection that was accepted. There are never more than `capacity`.
  [[nodiscard]] Index add(const Connection& connection) noexcept;
  // It has a session now.
  void start(Index index, pid_t pid) noexcept;
  // Its end was reported.
  void remove(Index index) noexcept;

  // Returns none if the process is no session of ours.
  [[nodiscard]] Index find(pid_t pid) noexcept;
  [[nodiscard]] const protocol::ScoreboardEntry& at(Index index) const noexcept {
    return scoreboard_.entries()[index];
  }

  // Fills `into` with pids of sessions and returns the part that was filled, going on from where
  // the last call stopped, so that all are seen in turn. For a sweep that looks whether they still
  // live.
  [[nodiscard]] std::span<pid_t> next(std::span<pid_t> into) noexcept;

 private:
  protocol::Scoreboard scoreboard_;
  FixedMap<Index> by_pid_;
  posix::UnforkedMemory free_memory_;
  std::span<Index> free_;  // entries that were in use and are not any more
  std::size_t free_count_ = 0;
  std::size_t size_ = 0;
  std::size_t sweep_ = 0;  // the slot where next() goes on
};

}  // namespace yodel::acceptor
