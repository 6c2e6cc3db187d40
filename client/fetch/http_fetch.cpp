#include <algorithm>
#include <curl/curl.h>
#include <fmt/format.h>
#include <memory>
#include <stdexcept>

#include "client/connection/peer_failure.hpp"
#include "client/fetch/curl_exchange.hpp"
#include "client/fetch/curl_setup.hpp"
#include "client/fetch/transfer.hpp"
#include "text/counted.hpp"
#include "text/quote.hpp"

namespace yodel::client::fetch {
namespace {

using posix::Clock;
using std::chrono::milliseconds;

constexpr milliseconds max_poll{1000};

using EasyHandle = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using MultiHandle = std::unique_ptr<CURLM, decltype(&curl_multi_cleanup)>;

void show_progress(Exchange& exchange) {
  if (!exchange.response.progress().shown() || !exchange.header_whole) return;
  curl_off_t bytes = 0;
  curl_off_t total = 0;
  curl_easy_getinfo(exchange.handle, CURLINFO_SIZE_DOWNLOAD_T, &bytes);
  curl_easy_getinfo(exchange.handle, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &total);
  std::optional<std::uint64_t> known;
  if (total > 0) known = static_cast<std::uint64_t>(total);
  exchange.response.progress().update(static_cast<std::uint64_t>(bytes), known);
}

Failure silence(const Exchange& exchange, std::chrono::nanoseconds timeout) {
  const std::string what = exchange.header_whole
                               ? fmt::format("more of the body; got {} so far",
                                             text::counted(exchange.response.received(), "byte"))
                               : std::string("the response");
  return timed_out(text::printable(url_of(exchange)), timeout, what);
}

// Runs the transfer to its end, libcurl-multi(3). libcurl can limit silence only in whole seconds,
// so this function watches the clock. If it stops the transfer, `exchange.failed` says why.
CURLcode drive(CURLM* multi, Exchange& exchange, std::chrono::nanoseconds timeout) {
  int running = 1;
  for (;;) {
    if (curl_multi_perform(multi, &running) != CURLM_OK) return CURLE_OUT_OF_MEMORY;
    show_progress(exchange);
    if (running == 0) break;
    const auto in_all =
        std::chrono::ceil<milliseconds>(exchange.response.deadline() - Clock::now());
    if (in_all <= milliseconds::zero()) {
      exchange.failed = exchange.response.too_late(url_of(exchange));
      return CURLE_OPERATION_TIMEDOUT;
    }
    milliseconds wait =
        std::min(in_all, exchange.response.progress().shown() ? ProgressLine::interval : max_poll);
    if (exchange.connected) {
      const auto left =
          std::chrono::ceil<milliseconds>(exchange.last_byte + timeout - Clock::now());
      if (left <= milliseconds::zero()) {
        exchange.failed = silence(exchange, timeout);
        return CURLE_OPERATION_TIMEDOUT;
      }
      wait = std::min(wait, left);
    }
    curl_multi_poll(multi, nullptr, 0, static_cast<int>(wait.count()), nullptr);
  }
  int left = 0;
  const CURLMsg* const message = curl_multi_info_read(multi, &left);
  return message != nullptr && message->msg == CURLMSG_DONE ? message->data.result
                                                            : CURLE_OUT_OF_MEMORY;
}

Transfer account(const Exchange& exchange) {
  const auto time = [&exchange](CURLINFO which) {
    curl_off_t microseconds = 0;
    curl_easy_getinfo(exchange.handle, which, &microseconds);
    return Transfer::Milliseconds(std::chrono::microseconds(microseconds));
  };
  return {.url = url_of(exchange),
          .redirects = redirects_of(exchange),
          .connected = time(CURLINFO_CONNECT_TIME_T),
          .first_byte = time(CURLINFO_STARTTRANSFER_TIME_T),
          .whole = time(CURLINFO_TOTAL_TIME_T)};
}

}  // namespace

Result<Transfer> http_fetch(const Request& request, Response& response) {
  curl_global_init(CURL_GLOBAL_DEFAULT);
  const EasyHandle easy(curl_easy_init(), &curl_easy_cleanup);
  const MultiHandle multi(curl_multi_init(), &curl_multi_cleanup);
  if (!easy || !multi) throw std::runtime_error("cannot initialise libcurl");
  Exchange exchange{.handle = easy.get(), .response = response};
  set_up(exchange, request);

  curl_multi_add_handle(multi.get(), easy.get());
  const CURLcode code = drive(multi.get(), exchange, request.timeout);
  // libcurl reports on a transfer only until it is removed.
  Result<Transfer> result = account(exchange);
  if (code != CURLE_OK) {
    result = tl::make_unexpected(explain(code, exchange, request));
  } else if (auto whole = response.finish(); !whole) {
    result = tl::make_unexpected(whole.error());
  }
  curl_multi_remove_handle(multi.get(), easy.get());
  return result;
}

}  // namespace yodel::client::fetch
