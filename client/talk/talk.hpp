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

// Reads the welcome, sends the messages one at a time, each when the reply to the one before has
// come, says "exit" and waits for the server to close. The welcome goes to standard output as it
// comes, the replies a line each. Ends at the first reply that is not "hello, MESSAGE!"; the
// failure names the server.
[[nodiscard]] Result<void> talk(Connection& connection, Messages& messages,
                                const TalkOptions& options);

// `yodel talk`: its command line.
[[nodiscard]] Command command();

}  // namespace yodel::client::talk
