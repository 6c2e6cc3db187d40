// The output of a ping: lines for people, like those of ping(8), or for programs one JSON object
// (RFC 8259) on each line. In JSON, bytes of a path that are not UTF-8 become U+FFFD.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "client/ping/outages.hpp"
#include "client/ping/ping.hpp"
#include "client/ping/statistics.hpp"

namespace yodel::client::ping {

struct Summary {
  std::string server;  // "127.0.0.1:9999", "localhost (127.0.0.1:9999)"
  const Statistics& statistics;
  std::uint64_t outstanding = 0;  // sent, but neither answered nor given up at the end
  std::uint64_t connections = 0;  // made in all
  std::chrono::nanoseconds elapsed{};
  OutageFigures outages;
  bool is_tcp = false;  // so the kernel counts retransmits
};

// Returns the first line, which says what the ping will do.
[[nodiscard]] std::string announcement_text(const std::string& server, const PingOptions& options);
[[nodiscard]] std::string event_text(const Outcome& outcome);
[[nodiscard]] std::string event_text(const Reconnect& reconnect);
// Returns "echo-1 session 3-17, seen from 203.0.113.9:40112".
[[nodiscard]] std::string event_text(const Session& session);
[[nodiscard]] std::string summary_text(const Summary& summary);
// Returns the figures so far in one line, for Ctrl-\.
[[nodiscard]] std::string summary_line(const Summary& summary);
// Returns "300 ms", "1.2 s" or "5m3s".
[[nodiscard]] std::string length_text(std::chrono::nanoseconds time);

[[nodiscard]] std::string event_json(const Outcome& outcome, WallClock::time_point at);
[[nodiscard]] std::string event_json(const Reconnect& reconnect, WallClock::time_point at);
[[nodiscard]] std::string event_json(const Session& session, WallClock::time_point at);
[[nodiscard]] std::string summary_json(const Summary& summary, WallClock::time_point at);

}  // namespace yodel::client::ping
