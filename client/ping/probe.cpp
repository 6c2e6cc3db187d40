#include "client/ping/probe.hpp"

#include <cstring>
#include <fmt/format.h>

#include "text/duration.hpp"
#include "text/quote.hpp"

namespace yodel::client::ping {

using posix::Clock;

namespace {

// A welcome that is smaller than the smallest segment that every host takes (RFC 9293, 3.7.1) is
// not cut by the network. Of a longer one the rest may still be on its way, up to so many bytes.
constexpr std::size_t smallest_segment = 536;
constexpr std::size_t longest_welcome = 65536;

}  // namespace

std::string payload(std::uint64_t sequence, std::size_t size) {
  std::string text = std::to_string(sequence);
  if (text.size() > size) return text.substr(text.size() - size);
  text.reserve(size);
  if (text.size() < size) text += ' ';
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz";
  while (text.size() < size)
    text += letters.substr(0, size - text.size());
  return text;
}

tl::unexpected<Mishap> lost(ExitStatus status, std::string_view peer, std::string_view cause) {
  return tl::make_unexpected(
      Mishap{.kind = Mishap::Kind::lost,
             .failure = {.status = status, .text = fmt::format("{}: {}", peer, cause)}});
}

tl::unexpected<Mishap> timed_out(std::string_view peer, std::chrono::nanoseconds timeout,
                                 std::string_view waiting_for) {
  return lost(
      ExitStatus::timed_out, peer,
      fmt::format("timed out after {} waiting for {}", text::print_duration(timeout), waiting_for));
}

tl::unexpected<Mishap> wrong(std::string_view peer, std::string_view expected,
                             std::string_view received) {
  const auto error = server_error(received);
  return tl::make_unexpected(Mishap{
      .kind = Mishap::Kind::wrong,
      .failure = {.status = ExitStatus::wrong_answer,
                  .text = fmt::format("{}: {}", peer,
                                      error ? "the server's error: " + text::printable(*error)
                                            : difference(expected, received))}});
}

tl::unexpected<Mishap> ended(const Connection& connection, std::string_view when) {
  std::string cause =
      connection.error() == 0
          ? fmt::format("closed the connection {}", when)
          : fmt::format("{} {}", lower_case_cause(std::strerror(connection.error())), when);
  if (!connection.received().empty()) {
    cause += fmt::format("; got {} so far", text::excerpt(connection.received()));
  }
  return lost(ExitStatus::wrong_answer, connection.peer(), cause);
}

Step<Connection> connect(const Target& target, const Ending& ending) {
  const auto limit = Clock::now() + target.connect_timeout;
  auto connection = Connection::open(target.server, target.addresses,
                                     *posix::earlier(limit, ending.end()), ending.interrupt());
  if (connection) return std::move(*connection);
  return tl::make_unexpected(Mishap{.kind = Mishap::Kind::lost, .failure = connection.error()});
}

Step<bool> await_welcome(Connection& connection, const Target& target, Ending& ending) {
  const auto deadline = Clock::now() + target.timeout;
  while (connection.received().empty()) {
    const bool late = Clock::now() >= deadline;
    const bool ready = ending.wait(connection.descriptor(), POLLIN, deadline) != 0;
    if (ready) static_cast<void>(connection.receive(Clock::now()));
    if (connection.ended() && connection.received().empty()) {
      return ended(connection, "before the welcome");
    }
    if (ready) continue;
    if (late || ending.has_come()) {
      return timed_out(connection.peer(), target.timeout,
                       "the welcome (--no-welcome, if the server sends none)");
    }
  }
  if (server_error(connection.received())) {
    return wrong(connection.peer(), {}, connection.received());
  }
  const bool more = connection.received().size() >= smallest_segment;
  connection.consume(connection.received().size());
  return more;
}

Match reply_in(Connection& connection, std::string_view expected, bool& in_welcome) {
  if (!in_welcome) return match(connection.received(), expected);
  const auto at = connection.received().find(expected);
  if (at != std::string_view::npos) {
    connection.consume(at);
    in_welcome = false;
    return Match::right;
  }
  return connection.received().size() < longest_welcome ? Match::incomplete : Match::wrong;
}

}  // namespace yodel::client::ping
