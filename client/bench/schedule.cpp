#include "client/bench/schedule.hpp"

#include <algorithm>
#include <chrono>
#include <sys/socket.h>

namespace yodel::client::bench {

using posix::Clock;
using std::chrono::nanoseconds;
using namespace std::chrono_literals;

std::uint64_t share_of(std::uint64_t all, std::size_t index, std::size_t count) {
  return all / count + (index < all % count ? 1 : 0);
}

nanoseconds sweep_interval(const BenchPlan& plan) {
  // A connect to a Unix socket whose backlog was full is retried at each sweep.
  if (plan.address.storage.ss_family == AF_UNIX) return 1ms;
  return std::clamp<nanoseconds>(std::min(plan.timeout, plan.connect_timeout) / 8, 1ms, 100ms);
}

Schedule::Schedule(const BenchPlan& plan, std::size_t index) : plan_(plan) {
  divide(index, plan.threads);
}

void Schedule::divide(std::size_t index, std::size_t count) noexcept {
  index_ = index;
  threads_ = count;
  if (plan_.requests) share_ = share_of(*plan_.requests, index, count);
}

void Schedule::start(Time start) {
  start_ = start;
  measured_from_ = start + (plan_.hold ? *plan_.duration : plan_.warm_up);
  if (plan_.duration && !plan_.hold) end_ = measured_from_ + *plan_.duration;
}

void Schedule::end_hold(std::uint64_t connections) {
  share_ = connections;
}

bool Schedule::is_left(Time when) const {
  return when < end_ && (!share_ || when < measured_from_ || measured_ < *share_);
}

Schedule::Time Schedule::due_time() const {
  const std::chrono::duration<double> since_start(static_cast<double>(next_number()) / *plan_.rate);
  return start_ + std::chrono::duration_cast<std::chrono::nanoseconds>(since_start);
}

Schedule::Time Schedule::next_begin() const {
  const auto now = Clock::now();
  if (!plan_.rate) return now;
  // A schedule that is `timeout` behind its end cannot catch up.
  return now - plan_.timeout < end_ ? due_time() : Time::max();
}

std::uint64_t Schedule::drop_due(Time now) noexcept {
  const auto before = measured_;
  while (plan_.rate && is_left(due_time()) && due_time() < now)
    begin_next(due_time());
  return measured_ - before;
}

std::uint64_t Schedule::begin_next(Time when) noexcept {
  const auto number = next_number();
  ++begun_;
  if (when >= measured_from_) ++measured_;
  return number;
}

std::uint64_t Schedule::next_number() const noexcept {
  return begun_ * threads_ + index_;
}

}  // namespace yodel::client::bench
