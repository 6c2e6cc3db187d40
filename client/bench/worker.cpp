#include "client/bench/worker.hpp"

#include <algorithm>
#include <sys/prctl.h>

#include "client/bench/processor_time.hpp"

namespace yodel::client::bench {
namespace {

using posix::Clock;
using namespace std::chrono_literals;

constexpr std::size_t room_size = 65536;
// A connection whose request failed pauses this long, so that a failing server does not make it
// spin.
constexpr auto pause_time = 10ms;

}  // namespace

Worker::Worker(const BenchPlan& plan, const Script& script, std::size_t index,
               const std::atomic<bool>& stop)
    : plan_(plan),
      index_(index),
      schedule_(plan, index),
      stop_(stop),
      room_(room_size),
      sweep_interval_(sweep_interval(plan)) {
  const auto connections = share_of(plan.connections, index, plan.threads);
  slots_.reserve(connections);
  while (slots_.size() < connections)
    slots_.emplace_back(Conversation(plan, script, room_, tally_));
}

void Worker::run(Time start) {
  if (!participates()) {
    leaving_ = 1;
    return;
  }
  // With the default timer slack a wait may last 50 µs too long, prctl(2).
  static_cast<void>(::prctl(PR_SET_TIMERSLACK, 1UL));
  schedule_.start(start);
  const auto before = processor_time();
  if (plan_.hold) hold();
  start_requests();
  while (!stop_ && (busy_ > 0 || !paused_.empty() || schedule_.is_left(schedule_.next_begin()))) {
    issue(Clock::now());
    wait(next_wake());
  }
  const auto after = processor_time();
  tally_.busiest = {.busy = after.busy - before.busy, .waited = after.waited - before.waited};
  tally_.at_work = Clock::now() - start;
  leave();
}

void Worker::start_requests() {
  for (Slot& slot : slots_) {
    if (!slot.participates) continue;
    if (plan_.rate) {
      slot.free_since = schedule_.start();
      free_.push_back(index_of(slot));
    } else if (const auto now = Clock::now(); schedule_.is_left(now) && !stop_) {
      follow(slot, begin(slot, now));
    }
  }
}

void Worker::issue(Time now) {
  issued_until_ = now;
  while (!paused_.empty() && paused_.front().until <= now) {
    Slot& slot = slots_[paused_.front().slot];
    paused_.pop_front();
    if (schedule_.is_left(now)) follow(slot, begin(slot, now));
  }
  if (!plan_.rate) return;
  for (auto due = schedule_.next_begin(); !free_.empty() && due <= now && schedule_.is_left(due);
       due = schedule_.next_begin()) {
    Slot& slot = slots_[free_.front()];
    free_.pop_front();
    if (due >= schedule_.measured_from()) {
      tally_.record(TimeKind::send_delay, now - std::max(due, slot.free_since));
      if (slot.free_since > due) ++tally_.queued;
    }
    follow(slot, begin(slot, due));
    now = Clock::now();
  }
}

Worker::Time Worker::next_wake() const {
  Time wake = next_sweep_;
  if (!paused_.empty()) wake = std::min(wake, paused_.front().until);
  if (plan_.rate && !free_.empty() && schedule_.is_left(schedule_.next_begin()))
    wake = std::min(wake, schedule_.due_time());
  return wake;
}

void Worker::wait(Time until) {
  for (const auto& event : poller_.wait(until)) {
    Slot& slot = slots_[event.data.u64];
    follow(slot, slot.conversation.handle(event.events));
  }
  if (Clock::now() >= next_sweep_) sweep();
}

void Worker::follow(Slot& slot, Step step) {
  while (step != Step::waiting) {
    switch (step) {
      case Step::waiting: break;
      case Step::ready: step = on_ready(slot); break;
      case Step::replied: step = on_replied(slot); break;
      case Step::ended: step = on_ended(slot); break;
      case Step::failed: step = on_failed(slot); break;
    }
  }
}

Worker::Step Worker::begin(Slot& slot, Time due) {
  slot.has_request = true;
  slot.due = due;
  slot.number = schedule_.begin_next(due);
  ++busy_;
  if (slot.conversation.look() == Step::failed) return Step::failed;
  slot.kept = slot.conversation.is_open();
  return slot.kept ? slot.conversation.send_request(slot.number) : connect(slot);
}

Worker::Step Worker::on_ready(Slot& slot) {
  const auto& conversation = slot.conversation;
  if (!slot.has_request || counts(slot)) {
    tally_.record(TimeKind::connect, conversation.connected() - conversation.began());
    if (plan_.service.welcome)
      tally_.record(TimeKind::first_byte, conversation.first_byte() - conversation.began());
  }
  if (slot.has_request) return slot.conversation.send_request(slot.number);
  opened_so_far_.fetch_add(1, std::memory_order_relaxed);
  return Step::waiting;
}

Worker::Step Worker::on_replied(Slot& slot) {
  slot.replied = Clock::now();
  // A request with a connection of its own is complete when the connection has closed in order.
  if (plan_.new_connection) return slot.conversation.leave();
  count_reply(slot);
  return finish(slot, false);
}

void Worker::count_reply(const Slot& slot) {
  replies_so_far_.fetch_add(1, std::memory_order_relaxed);
  if (!counts(slot)) return;
  const auto& conversation = slot.conversation;
  const auto latency = slot.replied - (plan_.rate ? slot.due : conversation.sent());
  measured_so_far_.store(++tally_.replies, std::memory_order_relaxed);
  if (slot.replied > schedule_.end()) ++tally_.late;
  tally_.last = slot.replied - schedule_.measured_from();
  const auto round_trip = slot.replied - conversation.sent();
  tally_.record(TimeKind::round_trip, round_trip);
  if (const auto server = conversation.server_time()) tally_.record_shares(round_trip, *server);
  if (plan_.rate) tally_.record(TimeKind::since_intended_start, latency);
  if (!plan_.service.welcome && conversation.is_first_reply()) {
    tally_.record(TimeKind::first_byte, conversation.first_byte() - conversation.began());
  }
  tally_.series.reply(tally_.last, latency);
}

Worker::Step Worker::on_ended(Slot& slot) {
  if (!slot.has_request) return Step::waiting;
  count_reply(slot);
  if (counts(slot))
    tally_.record(TimeKind::whole, slot.conversation.ended() - slot.conversation.began());
  return finish(slot, false);
}

Worker::Step Worker::on_failed(Slot& slot) {
  const auto& conversation = slot.conversation;
  if (slot.has_request && conversation.is_unanswered() && !plan_.hold &&
      std::exchange(slot.kept, false)) {
    tally_.bytes_sent -= conversation.unread_bytes();
    return connect(slot);
  }
  errors_so_far_.fetch_add(1, std::memory_order_relaxed);
  if (!slot.has_request || counts(slot)) {
    tally_.fail(conversation.error(), conversation.cause(),
                Clock::now() - schedule_.measured_from());
  }
  if (slot.has_request) return finish(slot, true);
  slot.participates = false;
  return Step::waiting;
}

Worker::Step Worker::finish(Slot& slot, bool failed) {
  const auto now = Clock::now();
  slot.has_request = false;
  slot.free_since = now;
  --busy_;
  if (plan_.rate) {
    free_.push_back(index_of(slot));
  } else if (failed && !plan_.hold) {
    paused_.push_back({.slot = index_of(slot), .until = now + pause_time});
  } else if (!plan_.hold && schedule_.is_left(now) && !stop_) {
    return begin(slot, now);
  }
  return Step::waiting;
}

}  // namespace yodel::client::bench
