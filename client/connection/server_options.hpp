// The options that say which server to talk to, and how long to wait for it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

#include "client/command_line.hpp"
#include "client/connection/connection.hpp"
#include "client/connection/server_address.hpp"

namespace yodel::client {

struct ServerOptions {
  ServerAddress address;
  ConnectOptions connect{.timeout = std::chrono::seconds(5)};
  std::chrono::nanoseconds timeout{std::chrono::seconds(10)};  // for each wait on the server
};

// Returns the port of a server that is named without one. Called when all options are read, since
// it may depend on them; and before, for the help.
using DefaultPort = std::function<std::uint16_t()>;

// Declares -s, -4, -6, --connect-timeout and --timeout. Without -s the server is that of the
// environment variable YODEL_SERVER, or default_host.
void add_server_options(Options& options, ServerOptions& server, DefaultPort port);
// The same without -s, for a command that has another way to name the server.
void add_connect_options(Options& options, ServerOptions& server);

}  // namespace yodel::client
