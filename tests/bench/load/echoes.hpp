// The throughput of an echo server.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "load/target.hpp"

namespace yodel::bench {

struct EchoPlan {
  std::uint32_t connections = 1;
  std::chrono::milliseconds warm_up{};   // not measured; every byte that comes back is checked
  std::chrono::milliseconds duration{};  // measured
};

// Sends bytes through the echo server as fast as it takes them. Returns a JSON object with the
// bytes that came back and the seconds that they took. The load generator takes processor time from
// the server, so it compares bytes during the warm-up only. After that it copies nothing: it sends
// with sendfile(2), and discards what it receives with MSG_TRUNC, tcp(7). Throws
// std::system_error, or std::runtime_error for a wrong byte.
[[nodiscard]] std::string run_echoes(const Target& target, const EchoPlan& plan);

}  // namespace yodel::bench
