// A page over HTTP or HTTPS, by libcurl.
#pragma once

#include "client/failure.hpp"
#include "client/fetch/response.hpp"
#include "client/fetch/transfer.hpp"

namespace yodel::client::fetch {

// Gets the page and gives header and body to `response`: the body as it was before it was chunked
// and compressed on its way. With `follow`, also the headers of up to `most_redirects` redirects,
// and the page that they lead to. The proxies are those of the environment,
// libcurl-env(3). A body that is cut is a failure. To be called once in a process.
[[nodiscard]] Result<Transfer> http_fetch(const Request& request, Response& response);

constexpr int most_redirects = 10;

}  // namespace yodel::client::fetch
