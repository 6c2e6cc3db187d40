// The counters of acceptors, from their scoreboards, protocol/scoreboard.hpp.
#pragma once

#include <cstdint>

#include "protocol/scoreboard.hpp"

namespace yodel::manager {

struct Counters {
  std::uint64_t accepted = 0;  // connections
  std::uint64_t running = 0;   // sessions now
  std::uint64_t refused = 0;   // connections: over sessions_per_source, not in allow
  std::uint64_t crashed = 0;   // sessions that crashed

  friend bool operator==(const Counters&, const Counters&) = default;
  Counters& operator+=(const Counters& other) noexcept {
    accepted += other.accepted;
    running += other.running;
    refused += other.refused;
    crashed += other.crashed;
    return *this;
  }
};

[[nodiscard]] inline Counters counters_of(protocol::Scoreboard scoreboard) noexcept {
  const auto& header = scoreboard.header();
  return {.accepted = header.accepted,
          .running = header.running,
          .refused = header.refused,
          .crashed = header.crashed};
}

}  // namespace yodel::manager
