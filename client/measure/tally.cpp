#include "client/measure/tally.hpp"

#include <algorithm>
#include <numeric>

namespace yodel::client {

std::string_view to_string(BenchError error) noexcept {
  switch (error) {
    case BenchError::refused: return "refused";
    case BenchError::unreachable: return "unreachable";
    case BenchError::timed_out: return "timed out";
    case BenchError::wrong_reply: return "wrong reply";
    case BenchError::closed: return "closed early";
    case BenchError::reset: return "reset";
    case BenchError::no_resources: return "no resources";
  }
  return {};
}

void Series::reply(std::chrono::nanoseconds at, std::chrono::nanoseconds latency) {
  Interval& now = interval(at);
  ++now.replies;
  now.longest = std::max(now.longest, latency);
}

Series::Interval& Series::interval(std::chrono::nanoseconds at) {
  const auto index = [&] {
    return static_cast<std::size_t>(std::max(at, std::chrono::nanoseconds(0)) / length_);
  };
  while (index() >= most_intervals)
    coarsen();
  if (index() >= intervals_.size()) intervals_.resize(index() + 1);
  return intervals_[index()];
}

void Series::coarsen() {
  for (std::size_t i = 0; i < intervals_.size(); ++i) {
    if (i % 2 == 0) {
      intervals_[i / 2] = intervals_[i];
      continue;
    }
    intervals_[i / 2].replies += intervals_[i].replies;
    intervals_[i / 2].errors += intervals_[i].errors;
    intervals_[i / 2].longest = std::max(intervals_[i / 2].longest, intervals_[i].longest);
  }
  intervals_.resize((intervals_.size() + 1) / 2);
  length_ *= 2;
}

void Series::merge(const Series& other) {
  Series finer = other;
  while (finer.length_ < length_)
    finer.coarsen();
  while (length_ < finer.length_)
    coarsen();
  intervals_.resize(std::max(intervals_.size(), finer.intervals_.size()));
  for (std::size_t i = 0; i < finer.intervals_.size(); ++i) {
    intervals_[i].replies += finer.intervals_[i].replies;
    intervals_[i].errors += finer.intervals_[i].errors;
    intervals_[i].longest = std::max(intervals_[i].longest, finer.intervals_[i].longest);
  }
}

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
  connect.merge(other.connect);
  first_byte.merge(other.first_byte);
  round_trip.merge(other.round_trip);
  due.merge(other.due);
  whole.merge(other.whole);
  lateness.merge(other.lateness);
  series.merge(other.series);
  last = std::max(last, other.last);
  if (other.busy + other.waited > busy + waited) {
    busy = other.busy;
    waited = other.waited;
  }
}

}  // namespace yodel::client
