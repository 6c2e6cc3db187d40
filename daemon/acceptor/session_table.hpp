// The acceptor's table of connections and sessions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <sys/types.h>

#include "acceptor/fixed_map.hpp"
#include "posix/unforked_memory.hpp"
#include "protocol/scoreboard.hpp"

namespace yodel::acceptor {

// Keeps one entry on the scoreboard for each connection, and finds the entry of a session by its
// pid. Every operation but next() takes constant time, however many sessions there are.
class SessionTable {
 public:
  // The index of an entry of the scoreboard.
  using Index = std::uint32_t;
  static constexpr Index none = UINT32_MAX;
  // A connection that has just been accepted.
  struct Connection {
    std::uint64_t number = 0;
    protocol::Peer peer{};
    protocol::ScoreboardEntry::Clock::time_point accepted{};
    protocol::ScoreboardEntry::Clock::time_point overdue{};
    std::uint32_t revision = 0;
  };

  // `scoreboard` must have room for `capacity` connections. Throws std::system_error.
  SessionTable(protocol::Scoreboard scoreboard, std::uint32_t capacity);

  // Returns the number of sessions, that is, of connections that have a process.
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  // Adds a connection and returns its entry. The caller must not add more than `capacity`.
  [[nodiscard]] Index add(const Connection& connection) noexcept;
  // Records that the connection has a session, the process `pid`.
  void start(Index index, pid_t pid) noexcept;
  // Removes the connection, whose end must have been reported before: if the acceptor dies, the
  // manager reports the entries that are left.
  void remove(Index index) noexcept;

  // Returns the entry of the session `pid`, or `none` if that is no session of this acceptor.
  [[nodiscard]] Index find(pid_t pid) noexcept;
  // Returns the entry at `index`.
  [[nodiscard]] const protocol::ScoreboardEntry& at(Index index) const noexcept {
    return scoreboard_.entries()[index];
  }

  // Fills `into` with pids of sessions and returns the part that it has filled, which may be empty.
  // Each call continues where the previous one stopped, so repeated calls return every session.
  [[nodiscard]] std::span<pid_t> next(std::span<pid_t> into) noexcept;

 private:
  protocol::Scoreboard scoreboard_;
  FixedMap<Index> by_pid_;
  posix::UnforkedMemory free_memory_;
  std::span<Index> free_;  // entries that have been in use and are free again
  std::size_t free_count_ = 0;
  std::size_t size_ = 0;
  std::size_t sweep_ = 0;  // the slot where next() continues
};

}  // namespace yodel::acceptor
