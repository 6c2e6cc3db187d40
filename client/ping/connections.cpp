#include "client/ping/connections.hpp"

#include "protocol/greet.hpp"

namespace yodel::client::ping {
namespace {

using posix::Clock;

// Gives the time since it was last asked, or made.
class Stopwatch {
 public:
  std::chrono::nanoseconds lap() {
    const auto last = std::exchange(last_, Clock::now());
    return last_ - last;
  }
  [[nodiscard]] std::chrono::nanoseconds total() const { return last_ - start_; }

 private:
  Clock::time_point start_ = Clock::now();
  Clock::time_point last_ = start_;
};

}  // namespace

void Connections::wait(posix::Deadline until) {
  static_cast<void>(ending_.wait(-1, 0, until));
}

void Connections::start(std::uint64_t sequence) {
  auto result = probe(payload(sequence, target_.size));
  // A probe that the end has cut short is still under way.
  if (!result && ending_.has_come()) return;
  settle_({.sequence = sequence, .result = std::move(result)});
}

Step<Reply> Connections::probe(const std::string& message) {
  Reply reply;
  reply.bytes = reply_of(target_.service, message).size();
  Stopwatch watch;
  auto connection = connect(target_, ending_);
  if (!connection) return tl::make_unexpected(connection.error());
  reply.peer = connection->peer();
  reply.timings.push_back({.name = "connect", .time = watch.lap()});

  bool in_welcome = false;
  if (target_.welcome) {
    const auto more = await_welcome(*connection, target_, ending_);
    if (!more) return tl::make_unexpected(more.error());
    in_welcome = *more;
    reply.timings.push_back({.name = "first-byte", .time = watch.lap()});
  }
  if (auto answered = exchange(*connection, message, in_welcome); !answered) {
    return tl::make_unexpected(answered.error());
  }
  reply.timings.push_back({.name = "reply", .time = watch.lap()});
  if (auto left = leave(*connection); !left) return tl::make_unexpected(left.error());
  reply.timings.push_back({.name = "close", .time = watch.lap()});
  reply.timings.push_back({.name = "total", .time = watch.total()});
  return reply;
}

bool Connections::move(Connection& connection, std::string& unsent, Clock::time_point deadline) {
  const short events = unsent.empty() ? POLLIN : POLLIN | POLLOUT;
  const short ready = ending_.wait(connection.descriptor(), events, deadline);
  // What the server says to what it does not take, or its end, is still to be read.
  if ((ready & POLLOUT) != 0) {
    unsent.erase(0, connection.send_some(unsent).value_or(unsent.size()));
  }
  if ((ready & ~POLLOUT) != 0) static_cast<void>(connection.receive(Clock::now()));
  return ready != 0 || (Clock::now() < deadline && !ending_.has_come());
}

Step<void> Connections::exchange(Connection& connection, const std::string& message,
                                 bool in_welcome) {
  const auto deadline = Clock::now() + target_.timeout;
  const std::string expected = reply_of(target_.service, message);
  std::string unsent = request_of(target_.service, message);
  for (;;) {
    const Match found = reply_in(connection, expected, in_welcome);
    const auto received = connection.received();
    // Nothing else is due.
    const bool surplus = found == Match::right && received.size() > expected.size();
    if (found == Match::wrong || surplus) return wrong(connection.peer(), expected, received);
    if (found == Match::right) break;
    if (connection.ended()) return ended(connection, "before the reply");
    if (!move(connection, unsent, deadline)) {
      return timed_out(connection.peer(), target_.timeout, "the reply");
    }
  }
  connection.consume(expected.size());
  return {};
}

Step<void> Connections::leave(Connection& connection) {
  const auto deadline = Clock::now() + target_.timeout;
  // A server that does not know the word answers it, and is told by the end of file.
  const std::string tolerated = target_.service == Service::echo
                                    ? std::string()
                                    : reply_of(target_.service, protocol::exit_message);
  std::string unsent = farewell_of(target_.service);
  bool said = false;
  // One that closes without reading may reset the connection: every reply has come.
  while (!connection.ended()) {
    if (unsent.empty() && !std::exchange(said, true)) connection.finish_sending();
    if (!move(connection, unsent, deadline)) {
      return timed_out(connection.peer(), target_.timeout, "the server to close the connection");
    }
    if (!tolerated.starts_with(connection.received())) {
      return wrong(connection.peer(), {}, connection.received());
    }
  }
  return {};
}

}  // namespace yodel::client::ping
