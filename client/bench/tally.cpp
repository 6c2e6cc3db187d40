#include "client/bench/tally.hpp"

#include <algorithm>
#include <numeric>

#include "client/measure/shares.hpp"

namespace yodel::client::bench {

std::uint64_t Tally::failed() const noexcept {
  return std::accumulate(errors.begin(), errors.end(), std::uint64_t{0});
}

void Tally::fail(RequestError error, const std::string& cause, std::chrono::nanoseconds at) {
  if (failed() == 0) {
    first_cause = cause;
    first_failed = at;
  }
  ++count_of(errors, error);
  series.error(at);
}

void Tally::record_shares(std::chrono::nanoseconds round_trip, std::chrono::nanoseconds server) {
  ++with_shares;
  const auto shares = shares_of(round_trip, server);
  if (!shares) {
    ++unknown_shares;
    return;
  }
  record(TimeKind::server, shares->server);
  record(TimeKind::network, shares->network);
}

void Tally::merge(const Tally& other) {
  connections += other.connections;
  replies += other.replies;
  late += other.late;
  queued += other.queued;
  unsent += other.unsent;
  with_shares += other.with_shares;
  unknown_shares += other.unknown_shares;
  bytes_sent += other.bytes_sent;
  bytes_received += other.bytes_received;
  for (std::size_t i = 0; i < errors.size(); ++i)
    errors.at(i) += other.errors.at(i);
  for (std::size_t i = 0; i < times.size(); ++i)
    times.at(i).merge(other.times.at(i));
  series.merge(other.series);
  tcp.merge(other.tcp);
  last = std::max(last, other.last);
  if (other.busiest.busy + other.busiest.waited > busiest.busy + busiest.waited) {
    busiest = other.busiest;
    at_work = other.at_work;
  }
  if (other.failed() > 0 && (first_cause.empty() || other.first_failed < first_failed)) {
    first_cause = other.first_cause;
    first_failed = other.first_failed;
  }
}

}  // namespace yodel::client::bench
