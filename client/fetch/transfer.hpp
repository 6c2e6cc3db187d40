// What is asked of a server, what came of it, and the two ways to get it.
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
  std::chrono::nanoseconds timeout{};  // for each wait for something to come
  std::string certificates;  // a file in PEM, of those to trust; empty: those of the system
};

struct Transfer {
  using Milliseconds = std::chrono::duration<double, std::milli>;

  std::string url;    // the last one, behind all redirects; without user name and password
  int redirects = 0;  // that were followed
  // From the start of the transfer until then:
  Milliseconds connected{};
  Milliseconds first_byte{};
  Milliseconds whole{};
};

// More bytes of header than these, those of status 1xx before the answer included, are no answer.
constexpr std::size_t max_header = 262'144;
// A lower status is that of a header before the answer's, RFC 9110, 15.2.
constexpr int first_final_status = 200;

// Gets the page and gives header and body to `response`, which undoes what has compressed the body
// on its way. Follows redirects as the rules of `response` have it; their headers go there too. The
// proxies are those of the environment, libcurl-env(3). A body that is cut is a failure. To be
// called once in a process.
[[nodiscard]] Result<Transfer> http_fetch(const Request& request, Response& response);

// Sends one request (RFC 9112) that asks the server to close when it is done, and reads until it
// has. What stands before the empty line is the header, what stands behind it the body, which
// `response` gets exactly as it came; headers with a status of 1xx come before these, and are given
// to `response` too. Fewer or more bytes than Content-Length or chunks announce are a failure.
// `request` is of an http URL, and of certificates nothing is taken from it.
[[nodiscard]] Result<Transfer> raw_fetch(const Request& request, Response& response);

}  // namespace yodel::client::fetch
