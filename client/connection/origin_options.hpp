// The options for the local address and interface of connections.
#pragma once

#include <vector>

#include "client/command_line.hpp"
#include "client/connection/origin.hpp"
#include "client/connection/server_options.hpp"

namespace yodel::client {

// Each of these functions declares options that set server.connect.origin, and with it the family
// of the server's addresses. An address or interface that this host lacks is an error. Their checks
// need the results of the server options' checks, so declare them after the server options.

// Declares --source and --interface.
void add_origin_options(Options& options, ServerOptions& server);
// Declares --source, --interface and ping's -I, which stands for either.
void add_origin_options_of_ping(Options& options, ServerOptions& server);
// Declares --source, which may be repeated, and --interface. The origins, all of one family, go
// into `origins`, which stays empty if none is given.
void add_origin_options(Options& options, ServerOptions& server, std::vector<Origin>& origins);

}  // namespace yodel::client
