#include "client/ping/probe.hpp"

#include <fmt/format.h>

#include "client/connection/peer_failure.hpp"
#include "text/quote.hpp"

namespace yodel::client::ping {

using posix::Clock;

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

tl::unexpected<ProbeError> lost(Failure failure) {
  return tl::make_unexpected(
      ProbeError{.kind = ProbeError::Kind::lost, .failure = std::move(failure)});
}

tl::unexpected<ProbeError> wrong(std::string_view peer, const ReplyReader& reader) {
  return tl::make_unexpected(
      ProbeError{.kind = ProbeError::Kind::wrong,
                 .failure = peer_failure(ExitStatus::wrong_answer, peer, reader.complaint())});
}

tl::unexpected<ProbeError> cut_short(const Connection& connection, const ReplyReader& reader) {
  return lost(ended(connection.peer(), connection.error(), "before the reply" + reader.so_far()));
}

Step<Connection> connect(const Target& target, const StopCondition& stop) {
  const auto limit = Clock::now() + target.connect_timeout;
  auto connection =
      Connection::open(target.server, target.addresses, *posix::earlier(limit, stop.end()),
                       stop.interrupt(), target.origin);
  if (connection) return std::move(*connection);
  return lost(connection.error());
}

Step<void> await_welcome(Connection& connection, ReplyReader& reader, const Target& target,
                         StopCondition& stop) {
  const auto deadline = Clock::now() + target.timeout;
  for (;;) {
    const auto reading = reader.read_from(connection);
    if (reading == Reading::welcome) return {};
    if (is_fault(reading)) return wrong(connection.peer(), reader);
    if (connection.ended()) {
      return lost(ended(connection.peer(), connection.error(), before_welcome(connection.error())));
    }
    const bool late = Clock::now() >= deadline;
    if (stop.wait(connection.descriptor(), POLLIN, deadline) != 0) {
      static_cast<void>(connection.receive(Clock::now()));
    } else if (late || stop.is_met()) {
      return lost(timed_out(connection.peer(), target.timeout, awaited_welcome(target.service)));
    }
  }
}

}  // namespace yodel::client::ping
