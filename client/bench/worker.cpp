#include "client/bench/worker.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <system_error>

namespace yodel::client::bench {
namespace {

using posix::Clock;
using std::chrono::nanoseconds;
using namespace std::chrono_literals;

constexpr std::size_t room_size = 65536;
constexpr std::size_t most_events = 256;
// Connections that are being opened at once, before the run: a backlog is 128 or more.
constexpr std::size_t most_opening = 64;
// How long a connection that failed rests.
constexpr auto rest_time = 10ms;

// So many of `all` fall to number `index` of `count`.
std::uint64_t share_of(std::uint64_t all, std::size_t index, std::size_t count) {
  return all / count + (index < all % count ? 1 : 0);
}

nanoseconds sweep_interval(const BenchPlan& plan) {
  // A Unix socket without room is tried again at each sweep.
  if (plan.address.storage.ss_family == AF_UNIX) return 1ms;
  return std::clamp<nanoseconds>(std::min(plan.timeout, plan.connect_timeout) / 8, 1ms, 100ms);
}

nanoseconds from(const timeval& time) {
  return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
}

// The processor time that this thread has taken, and how long it was ready to run but did not.
struct ProcessorTime {
  nanoseconds busy{0};
  nanoseconds waited{0};
};
ProcessorTime processor_time() {
  rusage usage{};
  ProcessorTime time;
  if (::getrusage(RUSAGE_THREAD, &usage) == 0)
    time.busy = from(usage.ru_utime) + from(usage.ru_stime);
  // proc(5): time on the processor, time in the queue, number of slices.
  std::ifstream file("/proc/thread-self/schedstat");
  std::int64_t on_processor = 0;
  std::int64_t in_queue = 0;
  if (file >> on_processor >> in_queue) time.waited = nanoseconds(in_queue);
  return time;
}

}  // namespace

Worker::Worker(const BenchPlan& plan, const Script& script, std::size_t index,
               const std::atomic<bool>& stop)
    : plan_(plan),
      index_(index),
      stop_(stop),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      room_(room_size),
      sweep_interval_(sweep_interval(plan)) {
  if (!epoll_) throw std::system_error(errno, std::generic_category(), "epoll_create1");
  const auto connections = share_of(plan.connections, index, plan.threads);
  slots_.reserve(connections);
  while (slots_.size() < connections)
    slots_.emplace_back(Conversation(plan, script, room_));
  if (plan.requests) share_ = share_of(*plan.requests, index, plan.threads);
}

void Worker::open() {
  next_sweep_ = Clock::now();
  if (plan_.new_connection) return;
  std::size_t begun = 0;
  const auto opening = [&] {
    return static_cast<std::size_t>(
        std::count_if(slots_.begin(), slots_.begin() + static_cast<std::ptrdiff_t>(begun),
                      [](const Slot& slot) { return slot.conversation.is_waiting(); }));
  };
  for (std::size_t waiting = 0; !stop_; waiting = opening()) {
    for (; waiting < most_opening && begun < slots_.size(); ++waiting) {
      Slot& slot = slots_[begun++];
      follow(slot, connect(slot));
    }
    if (begun == slots_.size() && opening() == 0) return;
    wait(next_sweep_);
  }
}

void Worker::run(Time start) {
  // Else a wait may last 50 µs longer than it should: prctl(2).
  static_cast<void>(::prctl(PR_SET_TIMERSLACK, 1UL));
  start_ = start;
  measured_from_ = start + plan_.warm_up;
  end_ = plan_.duration && !plan_.hold ? measured_from_ + *plan_.duration : Time::max();
  const auto before = processor_time();
  if (plan_.hold) hold();
  start_requests();
  while (!stop_ && (busy_ > 0 || !resting_.empty() || is_left(next_begin()))) {
    issue(Clock::now());
    wait(next_wake());
  }
  const auto after = processor_time();
  tally_.busy = after.busy - before.busy;
  tally_.waited = after.waited - before.waited;
  leave();
}

void Worker::hold() {
  const auto until = start_ + *plan_.duration;
  while (!stop_ && Clock::now() < until)
    wait(std::min(until, next_sweep_));
  measured_from_ = Clock::now();
  share_ = open_connections();
}

void Worker::start_requests() {
  for (Slot& slot : slots_) {
    if (plan_.hold && !slot.conversation.is_open()) continue;
    if (plan_.rate) {
      slot.free_since = start_;
      free_.push_back(index_of(slot));
    } else if (is_left(Clock::now()) && !stop_) {
      follow(slot, begin(slot, Clock::now()));
    }
  }
}

// The requests of all threads together are due at even distances.
Worker::Time Worker::due_time() const {
  const double number = static_cast<double>(begun_) * static_cast<double>(plan_.threads) +
                        static_cast<double>(index_);
  return start_ + std::chrono::duration_cast<nanoseconds>(
                      std::chrono::duration<double>(number / *plan_.rate));
}

Worker::Time Worker::next_begin() const {
  const auto now = Clock::now();
  if (!plan_.rate) return now;
  // So far behind its schedule, it will not catch up.
  return now - plan_.timeout < end_ ? due_time() : Time::max();
}

bool Worker::is_left(Time when) const {
  return when < end_ && (!share_ || begun_ < *share_);
}

void Worker::issue(Time now) {
  while (!resting_.empty() && resting_.front().until <= now) {
    Slot& slot = slots_[resting_.front().slot];
    resting_.pop_front();
    if (is_left(now)) follow(slot, begin(slot, now));
  }
  if (!plan_.rate) return;
  for (auto due = next_begin(); !free_.empty() && due <= now && is_left(due); due = next_begin()) {
    Slot& slot = slots_[free_.front()];
    free_.pop_front();
    if (due >= measured_from_) {
      tally_.record(TimeKind::lateness, now - std::max(due, slot.free_since));
      if (slot.free_since > due) ++tally_.queued;
    }
    follow(slot, begin(slot, due));
    now = Clock::now();
  }
}

Worker::Time Worker::next_wake() const {
  Time wake = next_sweep_;
  if (!resting_.empty()) wake = std::min(wake, resting_.front().until);
  if (plan_.rate && !free_.empty() && is_left(next_begin())) wake = std::min(wake, due_time());
  return wake;
}

void Worker::wait(Time until) {
  std::array<epoll_event, most_events> events;  // NOLINT(*-member-init): the kernel fills it
  const auto left = std::max<nanoseconds>(until - Clock::now(), nanoseconds(0));
  const auto seconds = std::chrono::floor<std::chrono::seconds>(left);
  const timespec limit{.tv_sec = seconds.count(), .tv_nsec = (left - seconds).count()};
  const int count = ::epoll_pwait2(epoll_.get(), events.data(), most_events, &limit, nullptr);
  for (int i = 0; i < count; ++i) {
    const auto& event = events.at(static_cast<std::size_t>(i));
    Slot& slot = slots_[event.data.u64];
    follow(slot, slot.conversation.take(event.events, tally_));
  }
  if (Clock::now() >= next_sweep_) sweep();
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
      follow(slot, conversation.try_again(tally_));
    }
  }
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

Worker::Step Worker::connect(Slot& slot) {
  const auto index = index_of(slot);
  return slot.conversation.connect(epoll_.get(), index, index * plan_.threads + index_, tally_);
}

Worker::Step Worker::begin(Slot& slot, Time due) {
  slot.has_request = true;
  slot.due = due;
  slot.number = begun_ * plan_.threads + index_;
  ++busy_;
  ++begun_;
  if (!slot.conversation.is_open()) return connect(slot);
  return slot.conversation.ask(slot.number, tally_);
}

Worker::Step Worker::on_ready(Slot& slot) {
  const auto& conversation = slot.conversation;
  if (!slot.has_request || counts(slot)) {
    tally_.record(TimeKind::connect, conversation.connected() - conversation.began());
    if (plan_.service.welcome)
      tally_.record(TimeKind::first_byte, conversation.first_byte() - conversation.began());
  }
  return slot.has_request ? slot.conversation.ask(slot.number, tally_) : Step::waiting;
}

Worker::Step Worker::on_replied(Slot& slot) {
  const auto now = Clock::now();
  const auto& conversation = slot.conversation;
  replies_so_far_.fetch_add(1, std::memory_order_relaxed);
  if (counts(slot)) {
    const auto latency = now - (plan_.rate ? slot.due : conversation.asked());
    ++tally_.replies;
    if (now <= end_) ++tally_.in_time;
    tally_.last = now - measured_from_;
    tally_.record(TimeKind::round_trip, now - conversation.asked());
    if (plan_.rate) tally_.record(TimeKind::since_due, latency);
    if (!plan_.service.welcome && conversation.is_first_reply()) {
      tally_.record(TimeKind::first_byte, conversation.first_byte() - conversation.began());
    }
    tally_.series.reply(tally_.last, latency);
  }
  return plan_.new_connection ? slot.conversation.leave(tally_) : finish(slot, false);
}

Worker::Step Worker::on_ended(Slot& slot) {
  if (!slot.has_request) return Step::waiting;
  if (counts(slot)) tally_.record(TimeKind::whole, Clock::now() - slot.conversation.began());
  return finish(slot, false);
}

Worker::Step Worker::on_failed(Slot& slot) {
  errors_so_far_.fetch_add(1, std::memory_order_relaxed);
  if (!slot.has_request || counts(slot)) {
    tally_.fail(slot.conversation.error());
    tally_.series.error(Clock::now() - measured_from_);
  }
  return slot.has_request ? finish(slot, true) : Step::waiting;
}

Worker::Step Worker::finish(Slot& slot, bool failed) {
  const auto now = Clock::now();
  slot.has_request = false;
  slot.free_since = now;
  --busy_;
  if (plan_.rate) {
    free_.push_back(index_of(slot));
  } else if (failed && !plan_.hold) {
    resting_.push_back({.slot = index_of(slot), .until = now + rest_time});
  } else if (!plan_.hold && is_left(now) && !stop_) {
    return begin(slot, now);
  }
  return Step::waiting;
}

std::size_t Worker::open_connections() const {
  return static_cast<std::size_t>(std::count_if(
      slots_.begin(), slots_.end(), [](const Slot& slot) { return slot.conversation.is_open(); }));
}

bool Worker::any_waiting() const {
  return std::any_of(slots_.begin(), slots_.end(),
                     [](const Slot& slot) { return slot.conversation.is_waiting(); });
}

void Worker::leave() {
  if (plan_.rate) {
    for (; is_left(due_time()) && due_time() < Clock::now(); ++begun_)
      ++tally_.unsent;
  }
  for (Slot& slot : slots_) {
    // Who stops in the middle does not wait for what is on its way.
    if (slot.has_request) {
      slot.has_request = false;
      slot.conversation.close();
    } else if (slot.conversation.is_open()) {
      follow(slot, slot.conversation.leave(tally_));
    }
  }
  while (any_waiting())
    wait(next_sweep_);
}

}  // namespace yodel::client::bench
