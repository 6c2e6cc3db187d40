// What is asked of a server, and what came of it.
#pragma once

#include <chrono>
#include <string>

#include "client/connection/connection.hpp"
#include "client/fetch/url.hpp"

namespace yodel::client::fetch {

struct Request {
  Url url;
  ConnectOptions connect;
  std::chrono::nanoseconds timeout{};  // for each wait for something to come
  bool follow = false;                 // redirects
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

// More than so many bytes of header are no answer.
constexpr std::size_t most_header = 262'144;

}  // namespace yodel::client::fetch
