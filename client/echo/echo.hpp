// Standard input through an echo server (RFC 862) to standard output.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "client/command_line.hpp"
#include "client/connection/connection.hpp"
#include "client/echo/summary.hpp"
#include "client/failure.hpp"

namespace yodel::client::echo {

struct EchoOptions {
  // How long the server may owe something, bytes or the end of file, without sending any of it.
  std::chrono::nanoseconds timeout{};
  bool progress = false;  // tell on standard error, a terminal, how far it is
  // How many bytes to make, and for how long. One of them: standard input and output are let be.
  std::optional<std::uint64_t> size;
  std::optional<std::chrono::nanoseconds> duration;

  [[nodiscard]] bool makes_bytes() const noexcept { return size || duration; }
};

// Sends what standard input holds to the server, and writes what comes back to standard output,
// once each byte has been found to be the one that was sent. Both go on at the same time; at most
// 1 MiB is on its way. At the end of the input it ends its side of the connection, shutdown(2), and
// the server must send the rest and end its own. A failure names the server, and what came back
// rightly before it has been written. SIGINT and SIGTERM end it early: the summary says which.
[[nodiscard]] Result<EchoSummary> echo(Connection& connection, const EchoOptions& options);

// `yodel echo`: its command line.
[[nodiscard]] Command command();

}  // namespace yodel::client::echo
