// What a ping shows: lines for a person, as those of ping(8), or for a program a JSON object (RFC
// 8259) on each line. Bytes of a path that are no UTF-8 become U+FFFD in JSON.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "client/ping/ping.hpp"
#include "client/ping/statistics.hpp"

namespace yodel::client::ping {

struct Summary {
  std::string server;  // "127.0.0.1:9999", "localhost (127.0.0.1:9999)"
  const Statistics& statistics;
  std::uint64_t outstanding = 0;  // sent, and neither answered nor given up when the end came
  std::uint64_t connections = 0;  // that were made
  std::chrono::nanoseconds elapsed{};
};

// What is to be done: the first line.
[[nodiscard]] std::string announcement_text(const std::string& server, const PingOptions& options);
using WallClock = std::chrono::system_clock;
[[nodiscard]] std::string event_text(const Outcome& outcome);
[[nodiscard]] std::string event_text(const Reconnect& reconnect);
[[nodiscard]] std::string summary_text(const Summary& summary);
// One line, for who asks while it goes on.
[[nodiscard]] std::string summary_line(const Summary& summary);
// "300 ms", "1.2 s", "5m3s".
[[nodiscard]] std::string length_text(std::chrono::nanoseconds time);

[[nodiscard]] std::string event_json(const Outcome& outcome, WallClock::time_point at);
[[nodiscard]] std::string event_json(const Reconnect& reconnect, WallClock::time_point at);
[[nodiscard]] std::string summary_json(const Summary& summary, WallClock::time_point at);

}  // namespace yodel::client::ping
