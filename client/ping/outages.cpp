#include "client/ping/outages.hpp"

#include <algorithm>
#include <iterator>

namespace yodel::client::ping {
namespace {

using posix::Clock;

bool is_shorter(const Outage& one, const Outage& other) {
  return one.length < other.length;
}

}  // namespace

const Outage& OutageFigures::maximum() const {
  return *std::max_element(longest.begin(), longest.end(), is_shorter);
}

void Outages::add(const Outcome& outcome, Clock::time_point sent, const Moment& now) {
  const bool lost = !outcome.result && outcome.result.error().kind == ProbeError::Kind::lost;
  // The server answers what it had before the path broke off.
  if (!lost && open_ && open_->of_path && sent < open_->since) return;
  if (!lost) return end(now);
  add_lost(!outcome.result.error().collateral, sent, now);
}

void Outages::add_lost(bool is_cause, Clock::time_point sent, const Moment& now) {
  if (open_) {
    ++open_->outage.lost;
  } else if (last_end_ && sent <= *last_end_) {
    // It was sent in the last outage, and has been given up only now.
    if (!over_.longest.empty()) ++over_.longest.back().lost;
  } else if (is_cause) {
    begin(sent, false, now);
    ++open_->outage.lost;
  }
}

void Outages::path_is_silent(Clock::time_point since, const Moment& now) {
  if (!open_) begin(last_end_ ? std::max(since, *last_end_) : since, true, now);
}

void Outages::path_answers(const Moment& now) {
  if (open_ && open_->of_path) end(now);
}

void Outages::begin(Clock::time_point since, bool of_path, const Moment& now) {
  open_ = Open{.outage = {.from = now.wall_at(since), .to = {}, .length = {}, .lost = 0},
               .since = since,
               .of_path = of_path};
}

void Outages::end(const Moment& now) {
  if (!open_) return;
  over_ = figures(now);
  open_.reset();
  last_end_ = now.time;
  auto& kept = over_.longest;
  kept.back().to = now.wall;
  if (kept.size() > max_kept_outages) {
    kept.erase(std::min_element(kept.begin(), std::prev(kept.end()), is_shorter));
  }
}

OutageFigures Outages::figures(const Moment& now) const {
  auto figures = over_;
  if (!open_) return figures;
  Outage outage = open_->outage;
  outage.length = now.time - open_->since;
  ++figures.count;
  figures.total += outage.length;
  figures.longest.push_back(outage);
  return figures;
}

}  // namespace yodel::client::ping
