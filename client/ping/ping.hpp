// Probing a service again and again, and what that comes to.
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
  std::size_t size = 0;                              // of a message, bytes, at least 1
  std::optional<std::uint64_t> count;                // probes; nullopt: no end
  std::chrono::nanoseconds interval{};               // 0: each behind the answer to the last one
  std::optional<std::chrono::nanoseconds> deadline;  // for all of it; nullopt: no limit
  bool each_connects = false;                        // a connection for each probe
  bool connects_only = false;                        // and nothing more, whatever the service
  bool timestamps = false;                           // the time of day before each line
  bool quiet = false;                                // show the summary alone
  bool json = false;                                 // show it to a program
};

// Sends probes until `count` of them are answered or given up, the time is over, or SIGINT or
// SIGTERM comes. A probe that is under way at a signal does not count. When the time is over it is
// lost, but for one to which an answer may still be on its way. Prints a line for each and a
// summary; at SIGQUIT the figures so far to standard error. Fails with the status of the first
// probe that was not answered rightly, and without a text if a line has said it; and at once where
// the name cannot be resolved.
[[nodiscard]] Result<void> ping(const PingOptions& options);

// `yodel ping`: its command line.
[[nodiscard]] Command command();

}  // namespace yodel::client::ping
