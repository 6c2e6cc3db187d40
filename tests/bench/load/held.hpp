// Connections that are opened and held.
#pragma once

#include <cstdint>

#include "load/target.hpp"

namespace yodel::bench {

// Opens `count` connections, each until its welcome has come, and prints {"held": N, "seconds": S}.
// Then it takes commands, a line each, from standard input:
//   check  has a message answered on each, and prints {"answered": N, "failed": N, "seconds": S}
// and ends with all connections, at once, when the input ends. Throws std::system_error, or
// std::runtime_error when one cannot be opened.
void run_hold(const Target& target, std::uint32_t count);

}  // namespace yodel::bench
