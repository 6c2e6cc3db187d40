// A request, the transfer that comes of it, and the two ways to make it.
#pragma once

#include <chrono>
#include <string>

#include "client/connection/connection.hpp"
#include "client/failure.hpp"
#include "client/fetch/response.hpp"
#include "client/fetch/url.hpp"

namespace yodel::client::fetch {

struct Request {
  Url url;
  ConnectOptions connect;
  std::chrono::nanoseconds timeout{};  // for each wait on the server
  std::string certificates;  // a file in PEM format, of those to trust; empty for the system's
};

struct Transfer {
  using Milliseconds = std::chrono::duration<double, std::milli>;

  std::string url;    // the last one, after all redirects; without user name and password
  int redirects = 0;  // that were followed
  // From the start of the transfer until then:
  Milliseconds connected{};
  Milliseconds first_byte{};
  Milliseconds whole{};
};

// The largest header that is taken, in bytes, including those of status 1xx before the response.
constexpr std::size_t max_header = 262'144;
// A lower status is that of a header before the final one, RFC 9110, 15.2.
constexpr int first_final_status = 200;

// Gets the page and passes header and body to `response`, which decodes the body. Follows redirects
// by the rules of `response`, and passes on their headers too. Takes the proxies from the
// environment, libcurl-env(3). Fails if the body is cut short. To be called once in a process.
[[nodiscard]] Result<Transfer> http_fetch(const Request& request, Response& response);

// Sends one request (RFC 9112) that asks the server to close the connection when it is done, and
// reads until it has. What comes before the empty line is the header, and what comes after it the
// body, which `response` gets exactly as it came; it also gets the headers with a status of 1xx
// that come first. Fails if the body has fewer or more bytes than Content-Length or chunks
// announce. `request` must be for an http URL; its certificates are not used.
[[nodiscard]] Result<Transfer> raw_fetch(const Request& request, Response& response);

}  // namespace yodel::client::fetch
