// The greet dialogue, from the client's side.
#pragma once

#include <chrono>

#include "client/connection/connection.hpp"
#include "client/failure.hpp"
#include "client/talk/messages.hpp"
#include "client/talk/reply.hpp"

namespace yodel::client::talk {

struct TalkOptions {
  std::chrono::nanoseconds timeout{};  // for each wait: for the welcome, a reply, the close
  Framing framing = Framing::unknown;  // unknown: the first reply tells
  bool welcome = true;                 // false: the server sends none
};

// Reads the welcome, sends the messages one at a time, each when the reply to the one before has
// come, says "exit" and waits for the server to close. The welcome and the replies go to standard
// output, a line each. Ends at the first reply that is not "hello, MESSAGE!"; the failure names the
// server.
[[nodiscard]] Result<void> talk(Connection& connection, Messages& messages,
                                const TalkOptions& options);

}  // namespace yodel::client::talk
