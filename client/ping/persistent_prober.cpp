#include "client/ping/persistent_prober.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include "client/connection/peer_failure.hpp"

namespace yodel::client::ping {
namespace {

using posix::Clock;

// At most this many probes wait for replies, since each takes memory.
constexpr std::size_t max_outstanding = 100'000;

// At most this many bytes that a server sends unasked are read before the next probe.
constexpr std::size_t max_unasked = 65536;

}  // namespace

bool PersistentProber::has_room() const {
  if (outstanding_.empty()) return true;
  return can_pipeline(target_.service) && unsent_.empty() && outstanding_.size() < max_outstanding;
}

void PersistentProber::expect_oldest() {
  expected_ = reply_of(target_.service, payload(outstanding_.front().sequence, target_.size));
  reader_->expect(expected_);
}

Step<void> PersistentProber::open() {
  local_.clear();
  auto opened = connect(target_, stop_, outages_, meter_.rtt());
  if (!opened) return tl::make_unexpected(opened.error());
  connection_ = std::move(*opened);
  ++connections_;
  local_ = connection_->local();
  meter_.on_connect(*connection_);
  opened_at_ = Clock::now();
  ended_at_.reset();
  if (auto broken = std::exchange(broken_, std::nullopt)) {
    broken->peer = connection_->peer();
    broken->local = local_;
    broken->syn_retransmits = connection_->syn_retransmits();
    reconnected_(*broken);
  } else {
    syn_retransmits_ = connection_->syn_retransmits();
  }
  reader_ = make_reader(target_.service);
  if (!target_.service.welcome) return {};
  auto welcomed = await_welcome(*connection_, *reader_, target_, stop_);
  if (const auto session = session_of(*connection_, *reader_)) on_session_(*session);
  return welcomed;
}

void PersistentProber::drop() {
  if (!connection_) return;
  const auto ended = ended_at_.value_or(Clock::now());
  broken_ = Reconnect{.cause = connection_->ended() ? end_text(connection_->error()) : "given up",
                      .after = ended - opened_at_,
                      .said = reader_->server_error().value_or(""),
                      .peer = {},
                      .local = {},
                      .syn_retransmits = 0};
  watch_.reset();
  connection_.reset();
}

bool PersistentProber::ensure_connected(std::uint64_t sequence) {
  if (connection_ && outstanding_.empty()) {
    // A server may end an idle connection, and say why.
    const bool fault = is_fault(reader_->read_from(*connection_));
    // An error that has only begun counts as one: its rest is not worth the wait.
    const bool says_why =
        reader_->server_error().has_value() || (!fault && !reader_->other().empty());
    const std::string peer = connection_->peer();
    if (fault || says_why || connection_->ended()) drop();
    if (fault && !says_why) {
      on_done(sequence, wrong(peer, *reader_));
      return false;
    }
  }
  if (connection_) return true;
  const auto opened = open();
  if (opened) return true;
  drop();
  if (!stop_.is_met()) on_done(sequence, tl::make_unexpected(opened.error()));
  return false;
}

void PersistentProber::start(std::uint64_t sequence) {
  const auto before = connections_;
  if (!ensure_connected(sequence)) return;
  send_request(sequence, connections_ == before && outstanding_.empty());
  send();
}

void PersistentProber::send_request(std::uint64_t sequence, bool first_after_idle) {
  const auto now = Clock::now();
  outstanding_.push_back({.sequence = sequence,
                          .at = now,
                          .give_up_at = now + target_.timeout,
                          .end = 0,
                          .first_after_idle = first_after_idle});
  if (outstanding_.size() == 1) expect_oldest();
  unsent_ += request_of(target_.service, payload(sequence, target_.size));
  if (connection_) outstanding_.back().end = connection_->sent() + unsent_.size();
}

void PersistentProber::go_on_after(const ProbeError& end) {
  const bool silent = reader_->received().empty() || reader_->server_error();
  if (!outstanding_.front().first_after_idle || !silent) return give_up(end);
  const auto again = std::exchange(outstanding_, {});
  unsent_.clear();
  drop();
  const auto opened = open();
  for (const auto& probe : again)
    send_request(probe.sequence, false);
  if (opened) return send();
  drop();
  if (!stop_.is_met()) give_up(opened.error());
}

void PersistentProber::send() {
  const auto taken = connection_->send_some(unsent_);
  // If the server takes no more, the rest is dropped: what it said before, or its end, is read
  // next.
  unsent_.erase(0, taken.value_or(unsent_.size()));
}

void PersistentProber::wait(posix::Deadline until) {
  const bool listens = connection_ && !connection_->ended() &&
                       (!outstanding_.empty() || connection_->received().size() < max_unasked);
  if (!outstanding_.empty()) {
    until = posix::earlier(until, outstanding_.front().give_up_at);
  }
  if (connection_ && !target_.server.is_local()) {
    watch_.check(*connection_, unacknowledged_since(), meter_.rtt());
    until = posix::earlier(until, watch_.due());
  }
  const short events = unsent_.empty() ? POLLIN : POLLIN | POLLOUT;
  const short ready =
      stop_.wait(listens ? connection_->descriptor() : -1, events, until, watch_.descriptor());
  if (!listens) return;
  if ((ready & POLLOUT) != 0) send();
  const bool came = (ready & ~POLLOUT) != 0;
  if (came) static_cast<void>(connection_->receive(Clock::now()));
  const auto now = Clock::now();
  if (came && connection_->ended()) ended_at_ = now;
  read_replies(now);
  if (came && !outstanding_.empty()) {
    auto& oldest = outstanding_.front();
    oldest.give_up_at = reader_->wait_until(oldest.at + target_.timeout, now);
  }
  // A reply that came in time may have waited while this process did not run, so give up only when
  // there was nothing to read.
  if (ready == 0) give_up_late(Clock::now());
}

void PersistentProber::read_replies(Clock::time_point now) {
  while (!outstanding_.empty()) {
    auto reading = reader_->read_from(*connection_, outstanding_.size() > 1);
    if (reading == Reading::incomplete && connection_->ended()) reading = reader_->finish(true);
    if (is_fault(reading)) return go_on_after(wrong(connection_->peer(), *reader_).value());
    if (reading != Reading::reply) break;
    const auto time = now - outstanding_.front().at;
    Reply reply{.peer = connection_->peer(),
                .bytes = reader_->reply_size(),
                .timings = {{.name = "time", .time = time}}};
    set_shares(reply, *reader_, time);
    settle_oldest(std::move(reply), figures());
    if (!outstanding_.empty()) expect_oldest();
  }
  if (!outstanding_.empty() && connection_->ended()) {
    go_on_after(cut_short(*connection_, *reader_).value());
  }
}

posix::Deadline PersistentProber::unacknowledged_since() const {
  if (outstanding_.empty()) return std::nullopt;
  // Asking the kernel before the oldest one can be overdue would only cost time.
  const auto& oldest = outstanding_.front();
  if (Clock::now() < oldest.at + watch_.patience(meter_.rtt())) return oldest.at;
  const auto acknowledged = connection_->acknowledged();
  const auto first =
      std::partition_point(outstanding_.begin(), outstanding_.end(),
                           [&](const Sent& each) { return each.end <= acknowledged; });
  return first == outstanding_.end() ? std::nullopt : posix::Deadline(first->at);
}

std::optional<TcpFigures> PersistentProber::figures() {
  return connection_ ? meter_.read(*connection_) : std::nullopt;
}

void PersistentProber::give_up_late(Clock::time_point now) {
  if (outstanding_.empty() || now < outstanding_.front().give_up_at) return;
  const auto& peer = connection_->peer();
  if (is_fault(reader_->finish(false))) return give_up(wrong(peer, *reader_).value());
  give_up(lost(timed_out(peer, target_.timeout, "the reply")).value());
}

void PersistentProber::settle_oldest(tl::expected<Reply, ProbeError> result,
                                     std::optional<TcpFigures> tcp) {
  const auto sequence = outstanding_.front().sequence;
  outstanding_.pop_front();
  on_done(sequence, std::move(result), tcp);
}

void PersistentProber::on_done(std::uint64_t sequence, tl::expected<Reply, ProbeError> result,
                               std::optional<TcpFigures> tcp) {
  on_done_({.sequence = sequence,
            .result = std::move(result),
            .local = local_,
            .tcp = tcp,
            .syn_retransmits = std::exchange(syn_retransmits_, 0)});
}

void PersistentProber::give_up(const ProbeError& first) {
  const auto sequence = outstanding_.front().sequence;
  const std::string peer =
      connection_ ? connection_->peer() : peer_name(target_.server, target_.addresses.front());
  const auto tcp = figures();
  drop();
  unsent_.clear();
  settle_oldest(tl::make_unexpected(first), tcp);
  auto others = lost(
      peer_failure(first.failure.status, peer,
                   fmt::format("the connection was given up because seq={} failed", sequence)));
  others.value().collateral = true;
  while (!outstanding_.empty())
    settle_oldest(others);
}

void PersistentProber::finish() {
  if (!connection_ || connection_->ended() || !unsent_.empty()) return;
  static_cast<void>(connection_->send_some(farewell_of(target_.service)));
  connection_->finish_sending();
}

}  // namespace yodel::client::ping
