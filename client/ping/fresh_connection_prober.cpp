#include "client/ping/fresh_connection_prober.hpp"

#include "client/connection/peer_failure.hpp"

namespace yodel::client::ping {
using posix::Clock;

void FreshConnectionProber::wait(posix::Deadline until) {
  static_cast<void>(stop_.wait(-1, 0, until));
}

void FreshConnectionProber::start(std::uint64_t sequence) {
  session_.reset();
  Outcome outcome{.sequence = sequence, .result = {}, .local = {}};
  outcome.result = probe(payload(sequence, target_.size), outcome);
  watch_.reset();
  // A probe that the end of the ping cuts short stays under way.
  if (!outcome.result && stop_.is_met()) return;
  if (session_) on_session_(*session_);
  on_done_(std::move(outcome));
}

Step<Reply> FreshConnectionProber::probe(const std::string& message, Outcome& outcome) {
  Stopwatch watch;
  auto connection = connect(target_, stop_, outages_, meter_.rtt());
  if (!connection) return tl::make_unexpected(connection.error());
  ++connections_;
  outcome.local = connection->local();
  outcome.syn_retransmits = connection->syn_retransmits();
  meter_.on_connect(*connection);
  auto result = converse(*connection, message, watch);
  outcome.tcp = meter_.read(*connection);
  return result;
}

Step<Reply> FreshConnectionProber::converse(Connection& connection, const std::string& message,
                                            Stopwatch& watch) {
  Reply reply;
  reply.peer = connection.peer();
  reply.timings.push_back({.name = "connect", .time = watch.lap()});
  const auto reader = make_reader(target_.service);
  if (target_.service.welcome) {
    const auto welcomed = await_welcome(connection, *reader, target_, stop_);
    if (!welcomed) return tl::make_unexpected(welcomed.error());
    reply.timings.push_back({.name = "first-byte", .time = watch.lap()});
    session_ = session_of(connection, *reader);
  }
  if (auto answered = exchange(connection, *reader, message); !answered) {
    return tl::make_unexpected(answered.error());
  }
  reply.timings.push_back({.name = "reply", .time = watch.lap()});
  reply.bytes = reader->reply_size();
  set_shares(reply, *reader, reply.timings.back().time);
  if (auto left = leave(connection, *reader); !left) return tl::make_unexpected(left.error());
  reply.timings.push_back({.name = "close", .time = watch.lap()});
  reply.timings.push_back({.name = "total", .time = watch.total()});
  return reply;
}

bool FreshConnectionProber::move(Connection& connection, std::string& unsent,
                                 Clock::time_point deadline) {
  const short events = unsent.empty() ? POLLIN : POLLIN | POLLOUT;
  if (!target_.server.is_local()) {
    const bool unheard = connection.acknowledged() < connection.sent();
    watch_.check(connection, unheard ? posix::Deadline(said_at_) : std::nullopt, meter_.rtt());
  }
  const short ready = stop_.wait(connection.descriptor(), events,
                                 posix::earlier(deadline, watch_.due()), watch_.descriptor());
  // If the server takes no more, the rest is dropped: what it said before, or its end, is read
  // next.
  if ((ready & POLLOUT) != 0) {
    unsent.erase(0, connection.send_some(unsent).value_or(unsent.size()));
  }
  if ((ready & ~POLLOUT) != 0) static_cast<void>(connection.receive(Clock::now()));
  return ready != 0 || (Clock::now() < deadline && !stop_.is_met());
}

Step<void> FreshConnectionProber::exchange(Connection& connection, ServerReader& reader,
                                           const std::string& message) {
  said_at_ = Clock::now();
  const auto deadline = said_at_ + target_.timeout;
  auto until = deadline;
  const std::string expected = reply_of(target_.service, message);
  std::string unsent = request_of(target_.service, message);
  reader.expect(expected);
  auto reading = reader.read_from(connection);
  while (reading == Reading::incomplete && !connection.ended() && move(connection, unsent, until)) {
    reading = reader.read_from(connection);
    until = reader.wait_until(deadline, Clock::now());
  }
  if (reading == Reading::incomplete) reading = reader.finish(connection.ended());
  if (reading == Reading::reply) return {};
  if (is_fault(reading)) return wrong(connection.peer(), reader);
  if (connection.ended()) return cut_short(connection, reader);
  return lost(timed_out(connection.peer(), target_.timeout, "the reply"));
}

Step<void> FreshConnectionProber::leave(Connection& connection, ServerReader& reader) {
  said_at_ = Clock::now();
  const auto deadline = said_at_ + target_.timeout;
  // A server that does not know "exit" answers it like any message, and ends at our end of file.
  const std::string tolerated = reply_to_farewell(target_.service);
  if (!tolerated.empty()) reader.expect(tolerated);
  std::string unsent = farewell_of(target_.service);
  bool finished = false;
  // A server that closes without reading may reset the connection. That is no error, since every
  // reply has come.
  while (!connection.ended()) {
    if (unsent.empty() && !std::exchange(finished, true)) connection.finish_sending();
    if (!move(connection, unsent, deadline)) {
      return lost(
          timed_out(connection.peer(), target_.timeout, "the server to close the connection"));
    }
    const bool fault = is_fault(reader.read_from(connection));
    // An error from the server no longer matters: the probe has its reply.
    if (reader.server_error()) return {};
    if (fault) return wrong(connection.peer(), reader);
  }
  return {};
}

}  // namespace yodel::client::ping
