#include "client/fetch/curl_setup.hpp"

#include <algorithm>
#include <climits>
#include <cstring>
#include <fmt/format.h>
#include <stdexcept>
#include <sys/socket.h>
#include <utility>

#include "protocol/endpoint.hpp"
#include "text/quote.hpp"
#include "text/size.hpp"

namespace yodel::client::fetch {
namespace {

using posix::Clock;
using std::chrono::milliseconds;

constexpr long buffer_size = 262'144;

Exchange& exchange_at(void* user) {
  return *static_cast<Exchange*>(user);
}

// Notes that a connection is being made: until it is, the limit is --connect-timeout.
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

// Called before each request, CURLOPT_PREREQFUNCTION(3).
int on_connected(void* user, char* /*to*/, char* /*from*/, int /*to_port*/, int /*from_port*/) {
  Exchange& exchange = exchange_at(user);
  // However we have read the header, this is where libcurl goes.
  const auto url = url_of(exchange);
  const bool encrypted = url.starts_with("https://");
  if (exchange.encrypted && !encrypted && !exchange.response.rules().redirects.allow_downgrade) {
    exchange.failed =
        Failure{ExitStatus::redirected,
                fmt::format("{}: a redirect from https leads to this URL, which is not "
                            "encrypted; --allow-downgrade follows it",
                            text::printable(url))};
    return CURL_PREREQFUNC_ABORT;
  }
  exchange.encrypted = encrypted;
  exchange.connected = true;
  exchange.last_byte = Clock::now();
  return CURL_PREREQFUNC_OK;
}

// Returns whether `line` begins the header of another response: after one with a status of 1xx, or
// after a redirect. Any other line after a header is a trailer, RFC 9112, 7.1.2, and is ignored.
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
  if (exchange.header_bytes > max_header) {
    return failure(ExitStatus::wrong_answer,
                   fmt::format("{}: the header is longer than {}",
                               text::printable(url_of(exchange)), text::print_size(max_header)));
  }
  if (line != "\r\n" && line != "\n") return {};
  exchange.header_whole = true;
  exchange.redirects = redirects_of(exchange);
  const std::string header = std::exchange(exchange.header, {});
  auto taken = exchange.response.header(header, url_of(exchange), exchange.redirects);
  if (exchange.response.status() >= first_final_status) exchange.header_bytes = 0;
  return taken;
}

// Returns what a callback returns to libcurl: `size` if all was taken, and otherwise another
// number, which stops the transfer.
std::size_t taken(Exchange& exchange, const Result<void>& result, std::size_t size) {
  // The time that our own reader takes does not count against the server.
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
  if (type == CURLINFO_TEXT) on_info(exchange_at(user), {data, size});
  return 0;
}

// Calls curl_easy_setopt(3), which fails if this libcurl lacks the option.
template <typename Value>
void set(CURL* handle, CURLoption option, Value value) {
  const CURLcode code = curl_easy_setopt(handle, option, value);
  if (code != CURLE_OK) {
    throw std::runtime_error(
        fmt::format("libcurl, option {}: {}", static_cast<int>(option), curl_easy_strerror(code)));
  }
}

// Returns `time` as libcurl takes it, rounded up.
long milliseconds_of(std::chrono::nanoseconds time) {
  return std::min<long>(std::chrono::ceil<milliseconds>(time).count(), INT_MAX);
}

void set_request(CURL* handle, const Request& request, bool follow) {
  set(handle, CURLOPT_URL, request.url.text.c_str());
  // A redirect must not lead to any other protocol.
  set(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  set(handle, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  set(handle, CURLOPT_FOLLOWLOCATION, follow ? 1L : 0L);
  set(handle, CURLOPT_MAXREDIRS, static_cast<long>(max_redirects));
  // The body is decoded here: libcurl takes the end of a gzip member for the end of the page, and a
  // body that is cut short for a whole one.
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
  set(handle, CURLOPT_NOSIGNAL, 1L);    // libcurl handles no signals
  set(handle, CURLOPT_QUICK_EXIT, 1L);  // does not wait for a lookup that hangs
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

}  // namespace

void set_up(Exchange& exchange, const Request& request) {
  set_request(exchange.handle, request, exchange.response.rules().redirects.follow);
  set_habits(exchange.handle);
  set_callbacks(exchange);
}

}  // namespace yodel::client::fetch
