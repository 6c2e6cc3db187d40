// The connections of a worker: opened before its requests, closed after them.
#include <algorithm>

#include "client/bench/worker.hpp"

namespace yodel::client::bench {
namespace {

using posix::Clock;
using namespace std::chrono_literals;

// The number of connections being opened at once before the run. It fits a backlog of 128.
constexpr std::size_t max_opening = 64;
// An interrupted run does not wait longer for servers that are slow to close.
constexpr auto stop_timeout = 500ms;

}  // namespace

void Worker::open() {
  next_sweep_ = Clock::now();
  if (plan_.new_connection) return;
  std::size_t begun = 0;
  for (std::size_t waiting = 0; !stop_; waiting = waiting_connections(begun)) {
    for (; waiting < max_opening && begun < slots_.size(); ++waiting) {
      Slot& slot = slots_[begun++];
      follow(slot, connect(slot));
    }
    if (begun == slots_.size() && waiting_connections(begun) == 0) return;
    wait(next_sweep_);
  }
}

void Worker::hold() {
  const auto until = schedule_.start() + *plan_.duration;
  while (!stop_ && Clock::now() < until)
    wait(std::min(until, next_sweep_));
  schedule_.end_hold(open_connections());
}

Worker::Step Worker::connect(Slot& slot) {
  const auto index = index_of(slot);
  return slot.conversation.connect(poller_.descriptor(), index, index * plan_.threads + index_);
}

void Worker::sweep() {
  const auto now = Clock::now();
  next_sweep_ = now + sweep_interval_;
  for (Slot& slot : slots_) {
    auto& conversation = slot.conversation;
    if (!conversation.is_waiting()) continue;
    if (conversation.deadline() <= now) {
      follow(slot, conversation.give_up());
    } else {
      follow(slot, conversation.try_again());
    }
  }
}

void Worker::leave() {
  leaving_ = 1;
  tally_.unsent += schedule_.drop_due(stop_ ? issued_until_ : Clock::now());
  for (Slot& slot : slots_) {
    auto& conversation = slot.conversation;
    // An interrupted run drops the requests that are under way.
    if (slot.has_request || !conversation.is_idle()) {
      slot.has_request = false;
      conversation.close();
      continue;
    }
    const Step step = conversation.look();
    follow(slot, step == Step::waiting ? conversation.leave() : step);
  }
  const auto until = stop_ ? Clock::now() + stop_timeout : Time::max();
  while (waiting_connections(slots_.size()) > 0 && Clock::now() < until)
    wait(std::min(next_sweep_, until));
  for (Slot& slot : slots_)
    slot.conversation.close();
}

}  // namespace yodel::client::bench
