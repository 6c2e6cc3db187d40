// The options that say where connections come from.
#pragma once

#include <vector>

#include "client/command_line.hpp"
#include "client/connection/origin.hpp"
#include "client/connection/server_options.hpp"

namespace yodel::client {

// All of these choose server.connect.origin, and so the family of the server's address. What this
// host does not have is an error. They rely on the checks of the server's options, and are declared
// behind those.

// Declares --source and --interface.
void add_origin_options(Options& options, ServerOptions& server);
// Declares them, and -I, which is either of them.
void add_origin_options_of_ping(Options& options, ServerOptions& server);
// Declares them for several sources, which go into `origins`, all of one family. None: that stays
// empty.
void add_origin_options(Options& options, ServerOptions& server, std::vector<Origin>& origins);

}  // namespace yodel::client
