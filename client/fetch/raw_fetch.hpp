// A page over HTTP on a plain TCP connection, the classic way: one request, and all that comes.
#pragma once

#include "client/failure.hpp"
#include "client/fetch/response.hpp"
#include "client/fetch/transfer.hpp"

namespace yodel::client::fetch {

// Sends one request (RFC 9112) that asks the server to close when it is done, and reads until it
// has. What stands before the empty line is the header, what stands behind it the body, which
// `response` gets exactly as it came. Fewer bytes than a Content-Length announces are a failure.
// `request` is of an http URL, and of redirects and certificates nothing is taken from it.
[[nodiscard]] Result<Transfer> raw_fetch(const Request& request, Response& response);

}  // namespace yodel::client::fetch
