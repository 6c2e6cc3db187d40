#include "client/bench/tally.hpp"

#include <algorithm>
#include <numeric>

namespace yodel::client::bench {

std::uint64_t Tally::failed() const noexcept {
  return std::accumulate(errors.begin(), errors.end(), std::uint64_t{0});
}

void Tally::merge(const Tally& other) {
  connections += other.connections;
  replies += other.replies;
  in_time += other.in_time;
  queued += other.queued;
  unsent += other.unsent;
  bytes_sent += other.bytes_sent;
  bytes_received += other.bytes_received;
  for (std::size_t i = 0; i < errors.size(); ++i)
    errors.at(i) += other.errors.at(i);
  for (std::size_t i = 0; i < times.size(); ++i)
    times.at(i).merge(other.times.at(i));
  series.merge(other.series);
  last = std::max(last, other.last);
  if (other.busy + other.waited > busy + waited) {
    busy = other.busy;
    waited = other.waited;
  }
}

}  // namespace yodel::client::bench
