// The scoreboard: an acceptor's connections, in memory that it shares with the manager.
//
// However the acceptor dies, the manager finds here which connections it had accepted, and the next
// acceptor finds which of them still count towards the limits. Sessions do not inherit the memory.
// It has a single writer: the acceptor, and after its death the manager. Each store leaves it
// consistent, because the writer may be killed between any two instructions.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>

#include "protocol/endpoint.hpp"
#include "protocol/event.hpp"

namespace yodel::protocol {

// A connection, from its accept until its end has been reported.
struct alignas(128) ScoreboardEntry {
  using Clock = std::chrono::steady_clock;

  // The connection's number, counted from 1; 0 means that the entry is free. It is written last, so
  // an entry with a number is complete.
  std::atomic<std::uint64_t> number;
  std::atomic<std::int32_t> pid;        // of its session; 0: it has no process yet
  std::atomic<std::uint32_t> revision;  // of its settings, Launch::revision
  Peer peer;
  Clock::time_point accepted;
  std::atomic<Clock::time_point> overdue;  // when it must have ended at the latest; epoch: no limit
};
static_assert(sizeof(ScoreboardEntry) == 128, "an entry is two cache lines");

// An acceptor's counters and the state of its event queue.
struct ScoreboardHeader {
  std::atomic<std::uint64_t> accepted;  // connections since the acceptor's start
  std::atomic<std::uint64_t> running;   // sessions now
  std::atomic<std::uint64_t> refused;   // connections: over sessions_per_source, or not in `allow`
  std::atomic<std::uint64_t> crashed;   // sessions, is_crash()
  std::atomic<std::uint64_t> lost;      // events dropped because the ring was full
  // Events that wait for room in the channel are in the ring at the positions [first, last), modulo
  // max_waiting. Both counters only grow.
  std::atomic<std::uint64_t> first;
  std::atomic<std::uint64_t> last;
  std::atomic<std::uint32_t> used;  // entries from this index on have never been in use
  // 1: accept(2) may have returned a connection that has no entry yet.
  std::atomic<std::uint32_t> accepting;
  std::atomic<std::uint32_t> closed;  // 1: it accepts no more, and reuses no free entry
};

// A view of a scoreboard's memory, which the caller owns.
class Scoreboard {
 public:
  // The size of the ring in events, which take 2 MiB.
  static constexpr std::size_t max_waiting = 16384;

  // Returns the size in bytes of a scoreboard for `capacity` connections.
  [[nodiscard]] static constexpr std::size_t size(std::uint32_t capacity) noexcept {
    return entries_at + capacity * sizeof(ScoreboardEntry);
  }
  // `memory` must have size(capacity) bytes, all zero when it was allocated.
  Scoreboard(std::span<std::byte> memory, std::uint32_t capacity) noexcept
      : memory_(memory), capacity_(capacity) {}

  [[nodiscard]] ScoreboardHeader& header() const noexcept {
    return *reinterpret_cast<ScoreboardHeader*>(memory_.data());
  }
  [[nodiscard]] std::span<EncodedEvent> ring() const noexcept {
    return {reinterpret_cast<EncodedEvent*>(memory_.data() + ring_at), max_waiting};
  }
  [[nodiscard]] std::span<ScoreboardEntry> entries() const noexcept {
    return {reinterpret_cast<ScoreboardEntry*>(memory_.data() + entries_at), capacity_};
  }
  // Returns the entries that may be in use; those with the number 0 are free.
  [[nodiscard]] std::span<ScoreboardEntry> used_entries() const noexcept {
    return entries().first(std::min<std::uint32_t>(header().used, capacity_));
  }

 private:
  static constexpr std::size_t page = 4096;
  static constexpr std::size_t ring_at = page;
  static constexpr std::size_t entries_at = ring_at + max_waiting * sizeof(EncodedEvent);
  static_assert(sizeof(ScoreboardHeader) <= ring_at && entries_at % sizeof(ScoreboardEntry) == 0);
  static_assert(std::atomic<std::uint64_t>::is_always_lock_free &&
                std::atomic<ScoreboardEntry::Clock::time_point>::is_always_lock_free);

  std::span<std::byte> memory_;
  std::uint32_t capacity_;
};

}  // namespace yodel::protocol
