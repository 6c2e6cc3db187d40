// The options that say what a server speaks.
#pragma once

#include "client/command_line.hpp"
#include "client/exchange/exchange.hpp"

namespace yodel::client {

struct ServiceOptions {
  Service service = Service::greet_lines;
  bool welcome = true;  // the service speaks first
};

// Declares --protocol, --no-welcome and --unframed.
void add_service_options(Options& options, ServiceOptions& service);

}  // namespace yodel::client
