// Probes a service again and again, and reports the outcomes.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "client/command_line.hpp"
#include "client/connection/connection.hpp"
#include "client/connection/server_address.hpp"
#include "client/exchange/service.hpp"
#include "client/failure.hpp"

namespace yodel::client::ping {

struct PingOptions {
  ServerAddress server;
  ConnectOptions connect;
  std::chrono::nanoseconds timeout{};  // for each answer
  Service service;
  std::size_t size = 0;                              // of a message, in bytes, at least 1
  std::optional<std::uint64_t> count;                // of probes; std::nullopt: no limit
  std::chrono::nanoseconds interval{};               // 0: each as soon as the last is answered
  std::optional<std::chrono::nanoseconds> deadline;  // for the whole ping; std::nullopt: no limit
  bool each_connects = false;                        // a new connection for each probe
  bool connects_only = false;                        // and no message, whatever the service
  bool timestamps = false;                           // the time of day before each line
  bool quiet = false;                                // print no line for a probe
  bool json = false;                                 // print JSON objects instead of text
};

// Sends probes until `count` of them are answered or given up, the time is over, or SIGINT or
// SIGTERM comes. Prints a line for each probe and a summary and, at SIGQUIT, the figures so far to
// standard error. A probe that is under way at a signal is not counted; one that is under way when
// the time is over is lost, unless its answer may still be on its way.
//
// Fails at once if the name cannot be resolved. Otherwise fails with the status of the first probe
// that was lost or answered wrongly, without a text if a line has reported it.
[[nodiscard]] Result<void> ping(const PingOptions& options);

// Returns the command line of `yodel ping`.
[[nodiscard]] Command command();

}  // namespace yodel::client::ping
