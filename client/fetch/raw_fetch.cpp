#include <algorithm>
#include <cctype>
#include <charconv>
#include <fmt/format.h>
#include <optional>

#include "client/connection/peer_failure.hpp"
#include "client/fetch/transfer.hpp"
#include "text/quote.hpp"

namespace yodel::client::fetch {
namespace {

using posix::Clock;
using Received = Connection::Received;

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

// The size of the header that `text` begins with, with its empty line; nullopt: that has not come.
std::optional<std::size_t> header_size(std::string_view text) {
  // A bare LF ends a line too, RFC 9112, 2.2.
  for (auto end = text.find('\n'); end != std::string_view::npos; end = text.find('\n', end + 1)) {
    const auto rest = text.substr(end + 1);
    if (rest.starts_with('\n')) return end + 2;
    if (rest.starts_with("\r\n")) return end + 3;
  }
  return std::nullopt;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) ==
           std::tolower(static_cast<unsigned char>(y));
  });
}

// The value of a field of `header`, without the blanks around it, RFC 9112, 5; nullopt: it is not
// there.
std::optional<std::string_view> field(std::string_view header, std::string_view name) {
  while (!header.empty()) {
    const auto end = std::min(header.find('\n'), header.size() - 1);
    const auto line = header.substr(0, end);
    header.remove_prefix(end + 1);
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || !equal_ignoring_case(line.substr(0, colon), name)) {
      continue;
    }
    constexpr std::string_view blanks = " \t\r";
    const auto from = std::min(line.find_first_not_of(blanks, colon + 1), line.size());
    return line.substr(from, line.find_last_not_of(blanks) + 1 - from);
  }
  return std::nullopt;
}

// How long the body is, as far as the header says; a chunked one says so otherwise, RFC 9112, 6.3.
std::optional<std::uint64_t> announced_length(std::string_view header) {
  const auto text = field(header, "Content-Length");
  if (!text || field(header, "Transfer-Encoding")) return std::nullopt;
  std::uint64_t length = 0;
  const auto* const end = text->data() + text->size();
  const auto [stop, error] = std::from_chars(text->data(), end, length);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return length;
}

// One request and its response on one connection.
class RawExchange {
 public:
  RawExchange(const Request& request, Response& response, Connection& connection)
      : request_(request), response_(response), connection_(connection) {}

  Result<void> send();
  Result<void> read_header();
  Result<void> read_body();
  // When the first byte came; meaningful behind read_header().
  [[nodiscard]] Clock::time_point first_byte() const { return first_byte_.value_or(Clock::now()); }

 private:
  [[nodiscard]] tl::unexpected<Failure> failed(ExitStatus status, std::string_view what) const {
    return tl::make_unexpected(peer_failure(status, url_, what));
  }
  [[nodiscard]] tl::unexpected<Failure> timed_out(std::string_view what) const {
    return tl::make_unexpected(client::timed_out(url_, request_.timeout, what));
  }
  // The connection has ended `when` it should not have.
  [[nodiscard]] tl::unexpected<Failure> cut(std::string_view when) const {
    return tl::make_unexpected(ended(url_, connection_.error(), when));
  }
  Received receive() {
    const auto state = connection_.receive(Clock::now() + request_.timeout);
    if (!first_byte_) first_byte_ = Clock::now();
    return state;
  }

  const Request& request_;
  std::string url_ = text::printable(request_.url.shown);  // for messages
  Response& response_;
  Connection& connection_;
  std::optional<std::uint64_t> length_;
  std::optional<Clock::time_point> first_byte_;
};

Result<void> RawExchange::send() {
  const auto sent = connection_.send(request_text(request_.url), Clock::now() + request_.timeout);
  if (sent == Connection::Sent::timed_out) return timed_out("the server to read the request");
  // A server that does not take it may have said why: that is in the answer.
  return {};
}

Result<void> RawExchange::read_header() {
  std::optional<std::size_t> size;
  while (!(size = header_size(connection_.received()))) {
    if (connection_.received().size() > most_header) {
      return failed(ExitStatus::wrong_answer,
                    fmt::format("no empty line, which ends a header, in {} bytes", most_header));
    }
    switch (receive()) {
      case Received::bytes: break;
      case Received::timed_out: return timed_out("the answer");
      case Received::reset:
      case Received::end:
        if (connection_.received().empty()) return cut("without an answer");
        return cut("before an empty line, which ends a header; it said " +
                   text::excerpt(connection_.received()));
    }
  }
  const std::string header(connection_.received().substr(0, *size));
  connection_.consume(*size);
  length_ = announced_length(header);
  return response_.header(header, request_.url.shown);
}

Result<void> RawExchange::read_body() {
  const auto whole = [this] { return length_ && response_.size() >= *length_; };
  for (auto state = Received::bytes; state == Received::bytes;) {
    const auto bytes = connection_.received();
    if (auto taken = response_.body(bytes); !taken) return taken;
    connection_.consume(bytes.size());
    response_.progress().update(response_.size(), length_);
    state = receive();
    const auto so_far = fmt::format("{} bytes of the body have come", response_.size());
    if (state == Received::timed_out) {
      return timed_out("the server to close the connection; " + so_far);
    }
    if (state == Received::reset && !whole()) return cut("when " + so_far);
  }
  if (length_ && !whole()) {
    return cut(fmt::format("when {} of {} bytes of the body had come", response_.size(), *length_));
  }
  return {};
}

}  // namespace

Result<Transfer> raw_fetch(const Request& request, Response& response) {
  const auto start = Clock::now();
  const auto since_start = [start](Clock::time_point point = Clock::now()) {
    return Transfer::Milliseconds(point - start);
  };
  Transfer transfer{.url = request.url.shown};

  auto connection = Connection::open(
      {.host = request.url.host, .port = request.url.port, .path = {}}, request.connect);
  if (!connection) return tl::make_unexpected(connection.error());
  transfer.connected = since_start();

  RawExchange exchange(request, response, *connection);
  if (auto sent = exchange.send(); !sent) return tl::make_unexpected(sent.error());
  if (auto header = exchange.read_header(); !header) return tl::make_unexpected(header.error());
  transfer.first_byte = since_start(exchange.first_byte());
  if (auto body = exchange.read_body(); !body) return tl::make_unexpected(body.error());
  transfer.whole = since_start();
  return transfer;
}

}  // namespace yodel::client::fetch
