#include <algorithm>
#include <fmt/format.h>
#include <optional>

#include "client/connection/peer_failure.hpp"
#include "client/fetch/transfer.hpp"
#include "text/counted.hpp"
#include "text/quote.hpp"
#include "text/size.hpp"

namespace yodel::client::fetch {
namespace {

using posix::Clock;
using Received = Connection::Received;

// A TLS record with an alert, RFC 8446, 5.1: the answer to what is not a handshake.
constexpr std::string_view tls_alert = "\x15\x03";

std::string request_text(const Url& url) {
  return fmt::format(
      "GET {} HTTP/1.1\r\n"
      "Host: {}\r\n"
      "User-Agent: yodel/{}\r\n"
      "Accept: */*\r\n"
      "Connection: close\r\n"
      "\r\n",
      url.target, url.authority, YODEL_VERSION);
}

// Returns the size of the header at the front of `text`, including its empty line, or std::nullopt
// if that has not come.
std::optional<std::size_t> header_size(std::string_view text) {
  // A bare LF ends a line too, RFC 9112, 2.2.
  for (auto end = text.find('\n'); end != std::string_view::npos; end = text.find('\n', end + 1)) {
    const auto rest = text.substr(end + 1);
    if (rest.starts_with('\n')) return end + 2;
    if (rest.starts_with("\r\n")) return end + 3;
  }
  return std::nullopt;
}

// One request and its response on one connection.
class RawExchange {
 public:
  RawExchange(const Request& request, Response& response, Connection& connection)
      : request_(request), response_(response), connection_(connection) {}

  Result<void> send();
  // Reads the headers of status 1xx, if any, and then that of the response.
  Result<void> read_headers();
  Result<void> read_body();
  // Returns when the first byte came; meaningful after read_headers().
  [[nodiscard]] Clock::time_point first_byte() const { return first_byte_.value_or(Clock::now()); }

 private:
  [[nodiscard]] tl::unexpected<Failure> failed(ExitStatus status, std::string_view what) const {
    return tl::make_unexpected(peer_failure(status, url_, what));
  }
  [[nodiscard]] tl::unexpected<Failure> timed_out(std::string_view what) const {
    if (Clock::now() >= response_.deadline()) {
      return tl::make_unexpected(response_.too_late(request_.url.shown));
    }
    return tl::make_unexpected(client::timed_out(url_, request_.timeout, what));
  }
  [[nodiscard]] tl::unexpected<Failure> header_too_long() const {
    return failed(ExitStatus::wrong_answer,
                  "no end of the header within " + text::print_size(max_header));
  }
  Result<void> read_header();
  // Returns the failure for a connection that ended too early; `when` says at what point.
  [[nodiscard]] tl::unexpected<Failure> cut(std::string_view when) const {
    return tl::make_unexpected(ended(url_, connection_.error(), when));
  }
  // Returns until when the next wait may last.
  [[nodiscard]] Clock::time_point deadline() const {
    return std::min(Clock::now() + request_.timeout, response_.deadline());
  }
  Received receive() {
    // receive() would take what has come already even when the time is over.
    if (Clock::now() >= response_.deadline()) return Received::timed_out;
    const auto state = connection_.receive(deadline());
    if (!first_byte_) first_byte_ = Clock::now();
    return state;
  }

  const Request& request_;
  std::string url_ = text::printable(request_.url.shown);  // for messages
  Response& response_;
  Connection& connection_;
  std::size_t header_bytes_ = 0;  // of all headers
  std::optional<Clock::time_point> first_byte_;
};

Result<void> RawExchange::send() {
  const auto sent = connection_.send(request_text(request_.url), deadline());
  if (sent == Connection::Sent::timed_out) return timed_out("the server to read the request");
  // A server that does not read the request may have said why: that is in the response.
  return {};
}

Result<void> RawExchange::read_header() {
  std::optional<std::size_t> size;
  while (!(size = header_size(connection_.received()))) {
    if (header_bytes_ + connection_.received().size() > max_header) return header_too_long();
    switch (receive()) {
      case Received::bytes: break;
      case Received::timed_out: return timed_out("the response");
      case Received::reset:
      case Received::end:
        if (connection_.received().empty()) return cut("without a response");
        if (connection_.received().starts_with(tls_alert)) {
          return failed(ExitStatus::wrong_answer,
                        "the server speaks TLS on this port: use https:// without --raw");
        }
        return cut("before the end of the header; it sent " +
                   text::excerpt(connection_.received()));
    }
  }
  header_bytes_ += *size;
  if (header_bytes_ > max_header) return header_too_long();
  const std::string header(connection_.received().substr(0, *size));
  connection_.consume(*size);
  return response_.header(header, request_.url.shown);
}

Result<void> RawExchange::read_headers() {
  do {
    if (auto header = read_header(); !header) return header;
  } while (response_.status() < first_final_status);
  return {};
}

Result<void> RawExchange::read_body() {
  const auto length = response_.length();
  const auto whole = [&] { return length && response_.received() >= *length; };
  for (auto state = Received::bytes; state == Received::bytes;) {
    const auto bytes = connection_.received();
    if (length && bytes.size() > *length - response_.received()) {
      return failed(ExitStatus::wrong_answer,
                    fmt::format("the body is longer than the {} that the header announces",
                                text::counted(*length, "byte")));
    }
    if (auto taken = response_.body(bytes); !taken) return taken;
    connection_.consume(bytes.size());
    response_.progress().update(response_.received(), length);
    state = receive();
    const auto so_far = text::counted(response_.received(), "byte") + " of the body";
    if (state == Received::timed_out) {
      return timed_out("the server to close the connection; got " + so_far + " so far");
    }
    if (state == Received::reset && !whole()) return cut("after " + so_far);
  }
  if (length && !whole()) {
    return cut(fmt::format("after {} of {} of the body", response_.received(),
                           text::counted(*length, "byte")));
  }
  return response_.finish();
}

}  // namespace

Result<Transfer> raw_fetch(const Request& request, Response& response) {
  const auto start = Clock::now();
  const auto since_start = [start](Clock::time_point point = Clock::now()) {
    return Transfer::Milliseconds(point - start);
  };
  Transfer transfer{.url = request.url.shown};

  auto options = request.connect;
  options.timeout =
      std::min<std::chrono::nanoseconds>(options.timeout, response.deadline() - start);
  auto connection =
      Connection::open({.host = request.url.host, .port = request.url.port, .path = {}}, options);
  if (!connection) {
    return tl::make_unexpected(Clock::now() >= response.deadline()
                                   ? response.too_late(request.url.shown)
                                   : connection.error());
  }
  transfer.connected = since_start();

  RawExchange exchange(request, response, *connection);
  if (auto sent = exchange.send(); !sent) return tl::make_unexpected(sent.error());
  if (auto header = exchange.read_headers(); !header) return tl::make_unexpected(header.error());
  transfer.first_byte = since_start(exchange.first_byte());
  if (auto body = exchange.read_body(); !body) return tl::make_unexpected(body.error());
  transfer.whole = since_start();
  return transfer;
}

}  // namespace yodel::client::fetch
