// The greet dialogue, from the client's side.
#pragma once

#include <chrono>

#include "client/command_line.hpp"
#include "client/connection/connection.hpp"
#include "client/exchange/service.hpp"
#include "client/failure.hpp"
#include "client/talk/messages.hpp"

namespace yodel::client::talk {

struct TalkOptions {
  std::chrono::nanoseconds timeout{};  // for each wait: for the welcome, a reply, the close
  Service service;
};

// Reads the welcome, sends the messages one at a time, each once the previous one is answered, then
// sends "exit" and waits for the server to close. Prints the welcome as it comes, and each reply on
// a line of its own. Fails at the first reply that is not "hello, MESSAGE!"; the failure names the
// server.
[[nodiscard]] Result<void> talk(Connection& connection, Messages& messages,
                                const TalkOptions& options);

// Returns the command `yodel talk`.
[[nodiscard]] Command command();

}  // namespace yodel::client::talk
