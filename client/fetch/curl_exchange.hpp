// One transfer by libcurl, and why it failed.
#pragma once

#include <array>
#include <curl/curl.h>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client/failure.hpp"
#include "client/fetch/response.hpp"
#include "client/fetch/transfer.hpp"
#include "posix/poll.hpp"

namespace yodel::client::fetch {

// The state that the callbacks of one transfer share.
struct Exchange {
  CURL* handle;
  Response& response;
  std::array<char, CURL_ERROR_SIZE> error_text{};

  std::string header{};  // what has come of a header that is not whole
  bool header_whole = false;
  std::size_t header_bytes = 0;  // of the header and those of status 1xx before it
  int redirects = 0;             // before the last whole header
  bool encrypted = false;        // whether the last request was
  bool connected = false;        // there is a connection, and a response is due
  posix::Clock::time_point last_byte{};
  std::vector<std::string> tried{};  // the addresses tried for the connection being made
  // "http://127.0.0.1:3128, from http_proxy": the proxy in use, without user name and password.
  std::string proxy{};
  std::optional<Failure> failed{};  // why this program stopped the transfer
};

// Reads a line of what libcurl logs, CURLINFO_TEXT in CURLOPT_DEBUGFUNCTION(3): it reports in no
// other way which proxy it uses.
void on_info(Exchange& exchange, std::string_view line);

// Returns how many redirects were followed.
[[nodiscard]] int redirects_of(const Exchange& exchange);

// Returns the URL after the redirects so far, without user name and password.
[[nodiscard]] std::string url_of(const Exchange& exchange);

// Returns the failure for libcurl's error `code`.
[[nodiscard]] Failure explain(CURLcode code, const Exchange& exchange, const Request& request);

}  // namespace yodel::client::fetch
