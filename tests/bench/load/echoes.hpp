// Bytes through an echo server, as many as go.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "load/target.hpp"

namespace yodel::bench {

struct EchoPlan {
  std::uint32_t connections = 1;
  std::chrono::milliseconds warm_up{};   // not measured; all that comes back in it is checked
  std::chrono::milliseconds duration{};  // measured
};

// Gives a JSON object: bytes that came back, and the seconds that they took. On two cores what the
// generator does itself is missing to the server. So only what is sent before the measured time is
// compared byte by byte; afterwards nothing is copied at this end: sendfile(2) sends, MSG_TRUNC,
// tcp(7), reads and throws away. Throws std::system_error, or std::runtime_error for a wrong byte.
[[nodiscard]] std::string run_echoes(const Target& target, const EchoPlan& plan);

}  // namespace yodel::bench
