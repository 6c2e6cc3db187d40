// Load of new connections, one after another, each with a complete greet dialogue.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "load/target.hpp"

namespace yodel::bench {

struct DialoguePlan {
  std::uint32_t at_once = 1;             // connections
  std::chrono::milliseconds warm_up{};   // not measured
  std::chrono::milliseconds duration{};  // measured
};

// Keeps `at_once` connections in dialogue at any time, in a closed loop. A dialogue is the welcome,
// three messages with their replies, "exit" and the end of this side, then the server's end of
// file. Checks every byte. Returns a JSON object with the number of complete connections, the
// seconds that they took, the number of failures by kind, and the times to the first byte (from
// before the connect), of a round trip and of a whole dialogue. Throws std::system_error, or
// std::runtime_error if too many connections fail.
[[nodiscard]] std::string run_dialogues(const Target& target, const DialoguePlan& plan);

}  // namespace yodel::bench
