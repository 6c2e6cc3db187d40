// The options that say what a server speaks.
#pragma once

#include "client/command_line.hpp"
#include "client/exchange/service.hpp"

namespace yodel::client {

// Declares --protocol, --no-welcome and --unframed.
void add_service_options(Options& options, Service& service);

}  // namespace yodel::client
