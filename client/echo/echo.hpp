// Sends standard input through an echo server (RFC 862) to standard output.
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
  // How long the server may send nothing while bytes or the end of file are due.
  std::chrono::nanoseconds timeout{};
  bool progress = false;  // show progress on standard error, a terminal
  // How many bytes to generate, and for how long. If either is set, standard input and output are
  // not used.
  std::optional<std::uint64_t> size;
  std::optional<std::chrono::nanoseconds> duration;

  [[nodiscard]] bool makes_bytes() const noexcept { return size || duration; }
};

// Sends standard input to the server, and writes what comes back to standard output once each byte
// is known to be the one that was sent. Both go on at the same time, with at most 1 MiB in flight.
// Ends its side of the connection, shutdown(2), at the end of the input; the server must send the
// rest and end its own. A failure names the server, and what came back correctly before it has been
// written. SIGINT and SIGTERM end it early: the summary says which.
[[nodiscard]] Result<EchoSummary> echo(Connection& connection, const EchoOptions& options);

// Returns the command `yodel echo`.
[[nodiscard]] Command command();

}  // namespace yodel::client::echo
