#include "client/measure/series.hpp"

#include <algorithm>

namespace yodel::client {

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

}  // namespace yodel::client
