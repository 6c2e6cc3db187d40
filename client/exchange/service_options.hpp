// The options for the protocol of a server.
#pragma once

#include "client/command_line.hpp"
#include "client/exchange/service.hpp"

namespace yodel::client {

// Declares --protocol, --no-welcome and --unframed. If `nothing` is not null, --protocol also takes
// "none", which sets `nothing` and leaves the protocol unchanged.
void add_service_options(Options& options, Service& service, bool* nothing = nullptr);

}  // namespace yodel::client
