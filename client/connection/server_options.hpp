// The options that name the server and limit the waits for it.
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
  std::chrono::nanoseconds timeout{std::chrono::seconds(10)};  // for each answer
};

// Returns the port of a server that is named without one. It may depend on other options, so it is
// called after all are read, and before that for the help.
using DefaultPort = std::function<std::uint16_t()>;

constexpr const char* timeout_names = "--timeout";

// Declares -s, -4, -6, --connect-timeout and --timeout, whose names, such as "-W,--timeout", are
// `timeout`. Without -s the server is that of the environment variable YODEL_SERVER, or
// default_host.
void add_server_options(Options& options, ServerOptions& server, const DefaultPort& port,
                        const std::string& timeout = timeout_names);
// Declares the same, and the server as arguments: HOST[:PORT] or HOST PORT.
void add_server_argument(Options& options, ServerOptions& server, const DefaultPort& port,
                         const std::string& timeout = timeout_names);
// Declares the same except -s, for a command that names its server in another way.
void add_connect_options(Options& options, ServerOptions& server,
                         const std::string& timeout = timeout_names);

}  // namespace yodel::client
