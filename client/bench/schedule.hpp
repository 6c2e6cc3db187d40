// When the requests of one thread are due, and how many are left.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "client/bench/plan.hpp"
#include "posix/poll.hpp"

namespace yodel::client::bench {

// Returns how many of `all` fall to number `index` of `count`.
[[nodiscard]] std::uint64_t share_of(std::uint64_t all, std::size_t index, std::size_t count);

// Returns how often what is waited for is looked after.
[[nodiscard]] std::chrono::nanoseconds sweep_interval(const BenchPlan& plan);

// The requests of all threads together are due at even distances, or, in a closed loop, at once.
class Schedule {
 public:
  using Time = posix::Clock::time_point;

  // Of number `index` of the plan's threads. The plan is borrowed.
  Schedule(const BenchPlan& plan, std::size_t index);

  // Before the run: it is number `index` of `count` threads that take part in it, the others have
  // no connection.
  void divide(std::size_t index, std::size_t count) noexcept;
  // The run begins.
  void start(Time start);
  // After the hold, which is not measured: a request for each of `connections`.
  void end_hold(std::uint64_t connections);

  [[nodiscard]] Time start() const noexcept { return start_; }
  // Until the run begins, nothing that has a request counts.
  [[nodiscard]] Time measured_from() const noexcept { return measured_from_; }
  [[nodiscard]] Time end() const noexcept { return end_; }

  // Whether there is a request left that is begun at `when`, or due then. Those of the warm-up are
  // none of the plan's requests.
  [[nodiscard]] bool is_left(Time when) const;
  // With a rate: when the next request is due.
  [[nodiscard]] Time due_time() const;
  // When the next request begins, where one is left.
  [[nodiscard]] Time next_begin() const;
  // Drops what was due before `now` and not begun, and returns how much of what is measured that
  // is; without a rate 0.
  std::uint64_t drop_due(Time now) noexcept;
  // Begins the next one, at `when` or due then, and returns its number, which no other thread has.
  std::uint64_t begin_next(Time when) noexcept;

 private:
  [[nodiscard]] std::uint64_t next_number() const noexcept;

  const BenchPlan& plan_;
  std::size_t index_ = 0;
  std::size_t threads_ = 1;
  std::optional<std::uint64_t> share_;  // of the plan's requests
  std::uint64_t begun_ = 0;             // requests, those of the warm-up with them
  std::uint64_t measured_ = 0;          // of them those that are measured
  Time start_;
  Time measured_from_ = Time::max();
  Time end_ = Time::max();
};

}  // namespace yodel::client::bench
