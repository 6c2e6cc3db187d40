// The options that say what a server speaks.
#pragma once

#include "client/command_line.hpp"
#include "client/exchange/service.hpp"

namespace yodel::client {

// Declares --protocol, --no-welcome and --unframed. With `nothing`, --protocol none is one more
// choice: it sets that, and leaves the protocol as it is.
void add_service_options(Options& options, Service& service, bool* nothing = nullptr);

}  // namespace yodel::client
