// Sets libcurl up for a transfer.
#pragma once

#include "client/fetch/curl_exchange.hpp"

namespace yodel::client::fetch {

// Prepares the handle of `exchange` for `request`. The callbacks keep `exchange` up to date and
// pass header and body to its response. Both arguments must outlive the transfer. Throws
// std::runtime_error if this libcurl lacks an option.
void set_up(Exchange& exchange, const Request& request);

}  // namespace yodel::client::fetch
