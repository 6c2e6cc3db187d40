#include "client/ping/statistics.hpp"

namespace yodel::client::ping {

void Statistics::add(const Outcome& outcome) {
  if (outcome.tcp) retransmits_ += outcome.tcp->retransmits;
  syn_retransmits_ += outcome.syn_retransmits;
  if (outcome.result) {
    ++received_;
    record(outcome.result->timings);
    return;
  }
  const ProbeError& error = outcome.result.error();
  ++(error.kind == ProbeError::Kind::wrong ? wrong_ : lost_);
  if (!failure_) failure_ = error.failure;
}

void Statistics::record(const std::vector<Timing>& timings) {
  if (parts_.empty()) {
    for (const auto& timing : timings)
      parts_.push_back({.name = timing.name, .times = {}});
  }
  for (std::size_t i = 0; i < timings.size(); ++i)
    parts_.at(i).times.record(timings[i].time);
}

std::chrono::nanoseconds Statistics::slowest() const {
  return parts_.empty() ? std::chrono::nanoseconds::zero() : parts_.back().times.max();
}

double Statistics::loss() const noexcept {
  constexpr double whole = 100;
  return sent() == 0 ? 0 : whole * static_cast<double>(lost_) / static_cast<double>(sent());
}

}  // namespace yodel::client::ping
