#include "client/ping/connect_prober.hpp"

#include <array>
#include <chrono>
#include <string>

namespace yodel::client::ping {
namespace {

using posix::Clock;

// How long a server may take to end its side before the connection is closed anyway.
constexpr std::chrono::milliseconds leave_time{500};
// At most this many connections are left at the same time: far fewer than the 1024 descriptors of a
// process.
constexpr std::size_t max_leaving = 100;

}  // namespace

bool ConnectProber::has_room() const {
  return leaving_.size() < max_leaving;
}

void ConnectProber::start(std::uint64_t sequence) {
  const auto begin = Clock::now();
  auto connection = connect(target_, stop_, outages_, meter_.rtt());
  const auto time = Clock::now() - begin;
  if (!connection) {
    // A probe that the end of the ping cuts short stays under way.
    if (stop_.is_met()) return;
    return on_done_(
        {.sequence = sequence, .result = tl::make_unexpected(connection.error()), .local = {}});
  }
  ++connections_;
  std::string local = connection->local();
  meter_.on_connect(*connection);
  auto figures = meter_.read(*connection);
  connection->finish_sending();
  on_done_({.sequence = sequence,
            .result = Reply{.peer = connection->peer(),
                            .bytes = 0,
                            .timings = {{.name = "connect", .time = time}}},
            .local = std::move(local),
            .tcp = figures,
            .syn_retransmits = connection->syn_retransmits()});
  leaving_.push_back({.connection = std::move(*connection), .close_at = Clock::now() + leave_time});
}

void ConnectProber::read_oldest() {
  auto& [connection, close_at] = leaving_.front();
  static_cast<void>(connection.receive(Clock::now()));
  connection.consume(connection.received().size());
  if (connection.ended() || Clock::now() >= close_at) leaving_.pop_front();
}

void ConnectProber::wait(posix::Deadline until) {
  if (leaving_.empty()) {
    static_cast<void>(stop_.wait(-1, 0, until));
    return;
  }
  const auto& oldest = leaving_.front();
  const auto limit = posix::earlier(until, oldest.close_at);
  const short ready = stop_.wait(oldest.connection.descriptor(), POLLIN, limit);
  if (ready != 0 || Clock::now() >= oldest.close_at) read_oldest();
}

void ConnectProber::finish() {
  while (!leaving_.empty()) {
    // The ping has ended, so StopCondition::wait() would return at once.
    std::array<pollfd, 1> fds{
        {{.fd = leaving_.front().connection.descriptor(), .events = POLLIN, .revents = 0}}};
    static_cast<void>(posix::poll_until(fds, leaving_.front().close_at));
    read_oldest();
  }
}

}  // namespace yodel::client::ping
