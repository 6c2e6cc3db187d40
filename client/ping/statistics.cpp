#include "client/ping/statistics.hpp"

namespace yodel::client::ping {

void Statistics::add(const Outcome& outcome) {
  if (outcome.tcp) retransmits_ += outcome.tcp->retransmits;
  syn_retransmits_ += outcome.syn_retransmits;
  if (outcome.result) {
    ++received_;
    record(outcome.result->timings);
    if (outcome.result->has_shares) record_shares(*outcome.result);
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

void Statistics::record_shares(const Reply& reply) {
  if (!reply.shares) {
    ++unknown_shares_;
    return;
  }
  if (shares_.empty()) {
    shares_ = {{.name = "server", .times = {}}, {.name = "network", .times = {}}};
  }
  shares_.front().times.record(reply.shares->server);
  shares_.back().times.record(reply.shares->network);
}

std::chrono::nanoseconds Statistics::slowest() const {
  return parts_.empty() ? std::chrono::nanoseconds::zero() : parts_.back().times.max();
}

double Statistics::loss() const noexcept {
  constexpr double whole = 100;
  return sent() == 0 ? 0 : whole * static_cast<double>(lost_) / static_cast<double>(sent());
}

}  // namespace yodel::client::ping
