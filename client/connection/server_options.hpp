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

constexpr const char* timeout_names = "--timeout";

// Declares -s, -4, -6, --connect-timeout and --timeout, which may have a short name. Without -s the
// server is that of the environment variable YODEL_SERVER, or default_host.
void add_server_options(Options& options, ServerOptions& server, const DefaultPort& port,
                        const std::string& timeout = timeout_names);
// The same for a command that takes the server as its arguments too, HOST[:PORT] or HOST PORT.
void add_server_argument(Options& options, ServerOptions& server, const DefaultPort& port,
                         const std::string& timeout = timeout_names);
// The same without -s, for a command that has another way to name the server.
void add_connect_options(Options& options, ServerOptions& server,
                         const std::string& timeout = timeout_names);

}  // namespace yodel::client
