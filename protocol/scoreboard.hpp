// The scoreboard: what an acceptor knows of its connections, in memory that the manager shares.
//
// Whatever the acceptor comes to, the manager finds there which connections it had accepted, and
// the acceptor that follows it which of them still count towards the limits. Sessions do not
// inherit this memory. One process writes to it: the acceptor, and after its death the manager.
// Every store is complete in itself, so it is true at each instruction at which the writer may be
// killed.
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

// A connection that was accepted, until its end was reported.
struct ScoreboardEntry {
  using Clock = std::chrono::steady_clock;

  std::atomic<std::uint64_t> number;    // of the connection, counted from 1; 0: the entry is free
  std::atomic<std::int32_t> pid;        // of its session; 0: it has none yet
  std::atomic<std::uint32_t> revision;  // of the settings that it goes by, Launch::revision
  Peer peer;
  Clock::time_point accepted;
  std::atomic<Clock::time_point> overdue;  // it must have ended by then; the epoch: no limit
};
static_assert(sizeof(ScoreboardEntry) == 64, "an entry is one cache line");

struct ScoreboardHeader {
  std::atomic<std::uint64_t> accepted;  // connections, since the acceptor's start
  std::atomic<std::uint64_t> running;   // sessions now
  std::atomic<std::uint64_t> refused;   // connections: over sessions_per_source, not in allow
  std::atomic<std::uint64_t> crashed;   // sessions that did not come to their own end
  std::atomic<std::uint64_t> lost;      // events for which there was no room
  // Events that wait for room in the channel: those from `first` on, up to `last`, at these
  // positions of the ring, counted on without end.
  std::atomic<std::uint64_t> first;
  std::atomic<std::uint64_t> last;
  std::atomic<std::uint32_t> used;  // only the entries below this one were ever in use
  std::atomic<std::uint32_t>
      accepting;                      // 1: accept(2) may have given a connection, not yet entered
  std::atomic<std::uint32_t> closed;  // 1: it accepts no more, and no free entry is used again
};

// A view of the memory, which stays the caller's.
class Scoreboard {
 public:
  static constexpr std::size_t max_waiting = 16384;  // events

  // Returns the bytes that a scoreboard of `capacity` connections needs.
  [[nodiscard]] static constexpr std::size_t size(std::uint32_t capacity) noexcept {
    return entries_at + capacity * sizeof(ScoreboardEntry);
  }
  // `memory`, of size(capacity) bytes, was all zeros when it was new.
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
  // Returns the entries that may be in use.
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
