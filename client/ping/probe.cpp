#include "client/ping/probe.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include "client/connection/peer_failure.hpp"
#include "client/ping/path_watch.hpp"
#include "text/quote.hpp"

namespace yodel::client::ping {

using posix::Clock;
using namespace std::chrono_literals;

namespace {

// The first SYN may be lost on a path that works. Linux repeats it after 1 s, so a connect that
// this saves is left alone, and shows what it costs an application.
constexpr auto connect_patience = 1250ms;

// RFC 6298, 2.1: 1 s until a round-trip time has been measured.
constexpr auto assumed_rtt = 500ms;

ConnectRepeats repeats_for(const Target& target, bool in_outage, std::chrono::nanoseconds rtt) {
  const auto every = retry_interval(target, rtt > 0ms ? rtt : assumed_rtt);
  // In an outage it is not chance.
  const auto after = std::max<std::chrono::nanoseconds>(target.interval, connect_patience);
  return {.after = in_outage ? every : after, .every = every};
}

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

tl::unexpected<ProbeError> lost(Failure failure) {
  return tl::make_unexpected(
      ProbeError{.kind = ProbeError::Kind::lost, .failure = std::move(failure)});
}

tl::unexpected<ProbeError> wrong(std::string_view peer, const ServerReader& reader) {
  return tl::make_unexpected(
      ProbeError{.kind = ProbeError::Kind::wrong,
                 .failure = peer_failure(ExitStatus::wrong_answer, peer, reader.complaint())});
}

tl::unexpected<ProbeError> cut_short(const Connection& connection, const ServerReader& reader) {
  return lost(ended(connection.peer(), connection.error(), "before the reply" + reader.so_far()));
}

Step<Connection> connect(const Target& target, const StopCondition& stop, Outages& outages,
                         std::chrono::nanoseconds rtt) {
  const auto begin = Clock::now();
  const auto repeats = repeats_for(target, outages.is_open(), rtt);
  auto connection = Connection::open(target.server, target.addresses,
                                     *posix::earlier(begin + target.connect_timeout, stop.end()),
                                     stop.interrupt(), target.origin, repeats);
  // Neither the first connect nor the first of its repeats was answered in time.
  const bool silent = Clock::now() - begin >= repeats.after + repeats.every ||
                      (!connection && connection.error().status == ExitStatus::timed_out);
  if (silent) outages.path_is_silent(begin, Moment::now());
  if (!connection) return lost(connection.error());
  outages.path_answers(Moment::now());
  return std::move(*connection);
}

void TcpMeter::on_connect(const Connection& connection) {
  retransmits_ = 0;
  static_cast<void>(read(connection));
}

std::optional<TcpFigures> TcpMeter::read(const Connection& connection) {
  const auto info = posix::tcp_info(connection.descriptor());
  if (!info) return std::nullopt;
  rtt_ = info->rtt;
  const auto before = std::exchange(retransmits_, info->retransmits);
  return TcpFigures{.info = *info, .retransmits = info->retransmits - before};
}

Step<void> await_welcome(Connection& connection, ServerReader& reader, const Target& target,
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

void set_shares(Reply& reply, const ServerReader& reader, std::chrono::nanoseconds round_trip) {
  const auto server = reader.server_time();
  reply.has_shares = server.has_value();
  if (server) reply.shares = shares_of(round_trip, *server);
}

std::optional<Session> session_of(const Connection& connection, const ServerReader& reader) {
  const auto* const header = reader.header();
  if (header == nullptr) return std::nullopt;
  return Session{.peer = connection.peer(), .local = connection.local(), .header = *header};
}

}  // namespace yodel::client::ping
