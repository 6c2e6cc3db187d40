// Connections that are opened and held.
#pragma once

#include <cstdint>

#include "load/target.hpp"

namespace yodel::bench {

struct HoldPlan {
  std::uint32_t count = 1;     // connections
  std::uint32_t at_once = 16;  // are opened at a time
};

// Opens the connections, each until its welcome has come, and prints {"held": N, "seconds": S}.
// Then it takes commands, a line each, from standard input:
//   check  has a message answered on each, and prints {"answered": N, "failed": N, "seconds": S}
// and ends with all connections, at once, when the input ends. Throws std::system_error, or
// std::runtime_error when one cannot be opened.
void run_hold(const Target& target, const HoldPlan& plan);

}  // namespace yodel::bench
