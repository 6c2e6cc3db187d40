#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <curl/curl.h>
#include <fmt/format.h>
#include <memory>
#include <stdexcept>
#include <sys/socket.h>
#include <vector>

#include "client/connection/peer_failure.hpp"
#include "client/fetch/curl_exchange.hpp"
#include "client/fetch/transfer.hpp"
#include "protocol/endpoint.hpp"
#include "text/duration.hpp"
#include "text/quote.hpp"

namespace yodel::client::fetch {
namespace {

using posix::Clock;
using std::chrono::milliseconds;

constexpr long buffer_size = 262'144;
constexpr milliseconds longest_poll{1000};
constexpr int first_final_status = 200;  // RFC 9110, 15.2

using EasyHandle = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using MultiHandle = std::unique_ptr<CURLM, decltype(&curl_multi_cleanup)>;

Exchange& exchange_at(void* user) {
  return *static_cast<Exchange*>(user);
}

// A connection is being made: from now on the time for connecting counts.
void begin_connecting(Exchange& exchange) {
  if (exchange.connected) exchange.tried.clear();
  exchange.connected = false;
}

int on_resolve(void* /*state*/, void* /*reserved*/, void* user) {
  begin_connecting(exchange_at(user));
  return 0;
}

curl_socket_t on_socket(void* user, curlsocktype /*purpose*/, curl_sockaddr* to) {
  Exchange& exchange = exchange_at(user);
  begin_connecting(exchange);
  protocol::SocketAddress address;
  address.size = std::min<socklen_t>(to->addrlen, sizeof address.storage);
  std::memcpy(&address.storage, &to->addr, address.size);
  exchange.tried.push_back(protocol::to_string(protocol::peer_from(address)));
  return ::socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

int on_connected(void* user, char* /*to*/, char* /*from*/, int /*to_port*/, int /*from_port*/) {
  Exchange& exchange = exchange_at(user);
  exchange.connected = true;
  exchange.last_byte = Clock::now();
  return CURL_PREREQFUNC_OK;
}

int redirects_of(const Exchange& exchange) {
  long redirects = 0;
  curl_easy_getinfo(exchange.handle, CURLINFO_REDIRECT_COUNT, &redirects);
  return static_cast<int>(redirects);
}

// Whether `line` begins the header of another answer: behind one with a status of 1xx, or behind a
// redirect. Any other line behind a header is a trailer, RFC 9112, 7.1.2, which nobody asked for.
bool begins_header(const Exchange& exchange, std::string_view line) {
  const bool is_due = exchange.response.status() < first_final_status ||
                      redirects_of(exchange) != exchange.redirects;
  return line.starts_with("HTTP/") && is_due;
}

Result<void> take_header_line(Exchange& exchange, std::string_view line) {
  if (exchange.header_whole) {
    if (!begins_header(exchange, line)) return {};
    exchange.header_whole = false;
  }
  exchange.header += line;
  exchange.header_bytes += line.size();
  if (exchange.header_bytes > most_header) {
    return failure(ExitStatus::wrong_answer,
                   fmt::format("{}: the header is longer than {} bytes",
                               text::printable(url_of(exchange)), most_header));
  }
  if (line != "\r\n" && line != "\n") return {};
  exchange.header_whole = true;
  exchange.redirects = redirects_of(exchange);
  const std::string header = std::exchange(exchange.header, {});
  auto taken = exchange.response.header(header, url_of(exchange), exchange.redirects);
  if (exchange.response.status() >= first_final_status) exchange.header_bytes = 0;
  return taken;
}

// What a callback returns to libcurl: all was taken, or else the transfer stops.
std::size_t taken(Exchange& exchange, const Result<void>& result, std::size_t size) {
  // A slow reader of ours is no fault of the server.
  exchange.last_byte = Clock::now();
  if (result) return size;
  exchange.failed = result.error();
  return size + 1;
}

std::size_t on_header(char* data, std::size_t /*one*/, std::size_t size, void* user) {
  Exchange& exchange = exchange_at(user);
  return taken(exchange, take_header_line(exchange, {data, size}), size);
}

std::size_t on_body(char* data, std::size_t /*one*/, std::size_t size, void* user) {
  Exchange& exchange = exchange_at(user);
  return taken(exchange, exchange.response.body({data, size}), size);
}

int on_note(CURL* /*handle*/, curl_infotype type, char* data, std::size_t size, void* user) {
  if (type == CURLINFO_TEXT) take_note(exchange_at(user), {data, size});
  return 0;
}

// curl_easy_setopt(3), whose failures mean that this libcurl lacks something.
template <typename Value>
void set(CURL* handle, CURLoption option, Value value) {
  const CURLcode code = curl_easy_setopt(handle, option, value);
  if (code != CURLE_OK) {
    throw std::runtime_error(
        fmt::format("libcurl, option {}: {}", static_cast<int>(option), curl_easy_strerror(code)));
  }
}

// As libcurl takes a time.
long milliseconds_of(std::chrono::nanoseconds time) {
  return std::min<long>(std::chrono::ceil<milliseconds>(time).count(), INT_MAX);
}

void set_request(CURL* handle, const Request& request, bool follow) {
  set(handle, CURLOPT_URL, request.url.text.c_str());
  // The server does not choose what else a redirect may lead to.
  set(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  set(handle, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  set(handle, CURLOPT_FOLLOWLOCATION, follow ? 1L : 0L);
  set(handle, CURLOPT_MAXREDIRS, static_cast<long>(max_redirects));
  // libcurl takes the end of a gzip member for the end of the page, and a body that is cut for
  // whole.
  set(handle, CURLOPT_ACCEPT_ENCODING, accepted_codings);
  set(handle, CURLOPT_HTTP_CONTENT_DECODING, 0L);
  set(handle, CURLOPT_USERAGENT, "yodel/" YODEL_VERSION);
  set(handle, CURLOPT_CONNECTTIMEOUT_MS, milliseconds_of(request.connect.timeout));
  switch (request.connect.family) {
    case FamilyChoice::any: break;
    case FamilyChoice::ipv4: set(handle, CURLOPT_IPRESOLVE, long{CURL_IPRESOLVE_V4}); break;
    case FamilyChoice::ipv6: set(handle, CURLOPT_IPRESOLVE, long{CURL_IPRESOLVE_V6}); break;
  }
  if (!request.certificates.empty()) {
    set(handle, CURLOPT_CAINFO, request.certificates.c_str());
    set(handle, CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  }
}

void set_habits(CURL* handle) {
  set(handle, CURLOPT_NOSIGNAL, 1L);    // signals are ours
  set(handle, CURLOPT_QUICK_EXIT, 1L);  // a lookup that hangs does not keep us
  set(handle, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set(handle, CURLOPT_BUFFERSIZE, buffer_size);
}

void set_callbacks(Exchange& exchange) {
  CURL* const handle = exchange.handle;
  set(handle, CURLOPT_ERRORBUFFER, exchange.error_text.data());
  set(handle, CURLOPT_VERBOSE, 1L);
  set(handle, CURLOPT_DEBUGFUNCTION, &on_note);
  set(handle, CURLOPT_DEBUGDATA, &exchange);
  set(handle, CURLOPT_RESOLVER_START_FUNCTION, &on_resolve);
  set(handle, CURLOPT_RESOLVER_START_DATA, &exchange);
  set(handle, CURLOPT_OPENSOCKETFUNCTION, &on_socket);
  set(handle, CURLOPT_OPENSOCKETDATA, &exchange);
  set(handle, CURLOPT_PREREQFUNCTION, &on_connected);
  set(handle, CURLOPT_PREREQDATA, &exchange);
  set(handle, CURLOPT_HEADERFUNCTION, &on_header);
  set(handle, CURLOPT_HEADERDATA, &exchange);
  set(handle, CURLOPT_WRITEFUNCTION, &on_body);
  set(handle, CURLOPT_WRITEDATA, &exchange);
}

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
                               ? fmt::format("more of the body, of which {} bytes have come",
                                             exchange.response.received())
                               : std::string("the answer");
  return timed_out(text::printable(url_of(exchange)), timeout, what);
}

// Runs the transfer to its end, libcurl-multi(3). libcurl's own limit to silence knows only whole
// seconds, so the clock is ours. When we have stopped it, `exchange.failed` says why.
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
    milliseconds wait = std::min(
        in_all, exchange.response.progress().shown() ? ProgressLine::interval : longest_poll);
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
  if (!easy || !multi) throw std::runtime_error("libcurl does not start");
  Exchange exchange{.handle = easy.get(), .response = response};
  set_request(easy.get(), request, response.rules().redirects.follow);
  set_habits(easy.get());
  set_callbacks(exchange);

  curl_multi_add_handle(multi.get(), easy.get());
  const CURLcode code = drive(multi.get(), exchange, request.timeout);
  // What is told about a transfer must be asked for before it is taken out.
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
