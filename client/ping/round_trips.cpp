#include "client/ping/round_trips.hpp"

#include <fmt/format.h>
#include <utility>

namespace yodel::client::ping {
namespace {

using posix::Clock;

// More are not sent ahead: they take memory.
constexpr std::size_t most_outstanding = 100'000;

// Of what a server says unasked, no more is read before the next probe.
constexpr std::size_t most_unasked = 65536;

}  // namespace

bool RoundTrips::has_room() const {
  if (outstanding_.empty()) return true;
  return takes_several(target_.service) && unsent_.empty() &&
         outstanding_.size() < most_outstanding;
}

std::string RoundTrips::expected_by_oldest() const {
  return reply_of(target_.service, payload(outstanding_.front().sequence, target_.size));
}

Step<void> RoundTrips::open() {
  auto opened = connect(target_, ending_);
  if (!opened) return tl::make_unexpected(opened.error());
  connection_ = std::move(*opened);
  in_welcome_ = false;
  if (!target_.welcome) return {};
  const auto more = await_welcome(*connection_, target_, ending_);
  if (!more) return tl::make_unexpected(more.error());
  in_welcome_ = *more;
  return {};
}

bool RoundTrips::be_connected(std::uint64_t sequence) {
  if (connection_ && connection_->ended()) {
    const Connection old = std::move(*std::exchange(connection_, std::nullopt));
    // A server may end a connection on which nothing is under way, but not with a word.
    if (!old.received().empty() && !in_welcome_) {
      const auto expected = reply_of(target_.service, payload(sequence, target_.size));
      settle_({.sequence = sequence, .result = wrong(old.peer(), expected, old.received())});
      return false;
    }
  }
  if (connection_) return true;
  const auto opened = open();
  if (opened) return true;
  connection_.reset();
  if (!ending_.has_come()) {
    settle_({.sequence = sequence, .result = tl::make_unexpected(opened.error())});
  }
  return false;
}

void RoundTrips::start(std::uint64_t sequence) {
  if (!be_connected(sequence)) return;
  outstanding_.push_back({.sequence = sequence, .at = Clock::now()});
  unsent_ += request_of(target_.service, payload(sequence, target_.size));
  send();
}

void RoundTrips::send() {
  const auto taken = connection_->send_some(unsent_);
  // What the server says to that, or its end, is still to be read.
  unsent_.erase(0, taken.value_or(unsent_.size()));
}

void RoundTrips::wait(posix::Deadline until) {
  const bool listens = connection_ && !connection_->ended() &&
                       (!outstanding_.empty() || connection_->received().size() < most_unasked);
  if (!outstanding_.empty()) {
    until = posix::earlier(until, outstanding_.front().at + target_.timeout);
  }
  const short events = unsent_.empty() ? POLLIN : POLLIN | POLLOUT;
  const short ready = ending_.wait(listens ? connection_->descriptor() : -1, events, until);
  if (!listens) return;
  if ((ready & POLLOUT) != 0) send();
  if ((ready & ~POLLOUT) != 0) static_cast<void>(connection_->receive(Clock::now()));
  take_replies(Clock::now());
  // What came in time may have waited while this process did not run: it is read first.
  if (ready == 0) give_up_late(Clock::now());
}

void RoundTrips::take_replies(Clock::time_point now) {
  while (!outstanding_.empty()) {
    const std::string expected = expected_by_oldest();
    const Match found = reply_in(*connection_, expected, in_welcome_);
    const auto received = connection_->received();
    // Nothing else is due.
    const bool surplus = outstanding_.size() == 1 && received.size() > expected.size();
    if (found == Match::wrong || (found == Match::right && surplus)) {
      return give_up(wrong(connection_->peer(), expected, received).value());
    }
    if (found == Match::incomplete) break;
    const auto time = now - outstanding_.front().at;
    connection_->consume(expected.size());
    settle_oldest(Reply{.peer = connection_->peer(),
                        .bytes = expected.size(),
                        .timings = {{.name = "time", .time = time}}});
  }
  if (!outstanding_.empty() && connection_->ended()) {
    give_up(ended(*connection_, "before the reply").value());
  }
}

void RoundTrips::give_up_late(Clock::time_point now) {
  if (outstanding_.empty() || now < outstanding_.front().at + target_.timeout) return;
  give_up(timed_out(connection_->peer(), target_.timeout, "the reply").value());
}

void RoundTrips::settle_oldest(tl::expected<Reply, Mishap> result) {
  const auto sequence = outstanding_.front().sequence;
  outstanding_.pop_front();
  settle_({.sequence = sequence, .result = std::move(result)});
}

void RoundTrips::give_up(const Mishap& first) {
  const auto sequence = outstanding_.front().sequence;
  const std::string peer = connection_->peer();
  connection_.reset();
  unsent_.clear();
  settle_oldest(tl::make_unexpected(first));
  while (!outstanding_.empty()) {
    settle_oldest(lost(first.failure.status, peer,
                       fmt::format("the connection was given up after seq={}", sequence)));
  }
}

void RoundTrips::finish() {
  if (!connection_ || connection_->ended() || !unsent_.empty()) return;
  static_cast<void>(connection_->send_some(farewell_of(target_.service)));
  connection_->finish_sending();
}

}  // namespace yodel::client::ping
