// What libcurl is asked for, and what it calls while it works.
#pragma once

#include "client/fetch/curl_exchange.hpp"

namespace yodel::client::fetch {

// Prepares the handle of `exchange` for `request`: its callbacks keep `exchange` up to date and
// give header and body to its response. Both must outlive the transfer. Throws std::runtime_error
// if this libcurl lacks an option.
void set_up(Exchange& exchange, const Request& request);

}  // namespace yodel::client::fetch
