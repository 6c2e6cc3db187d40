// New connections, one after the other, each with the greet dialogue.
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

// Holds `at_once` connections in dialogue at any time, a closed loop: the welcome, three messages
// with their replies, "exit" and the end of this side, then the server's end. Each byte is checked.
// Gives a JSON object: connections that were whole, the seconds that they took, how many failed and
// how, and the times to the first byte (from before the connect), of a round trip and of a whole
// dialogue. Throws std::system_error.
[[nodiscard]] std::string run_dialogues(const Target& target, const DialoguePlan& plan);

}  // namespace yodel::bench
