// The schedule of a thread: when its requests are due, and how many are left.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "client/bench/plan.hpp"
#include "posix/poll.hpp"

namespace yodel::client::bench {

// Returns the share of `all` that number `index` of `count` threads gets.
[[nodiscard]] std::uint64_t share_of(std::uint64_t all, std::size_t index, std::size_t count);

// Returns the interval between checks for timeouts and for connects to retry.
[[nodiscard]] std::chrono::nanoseconds sweep_interval(const BenchPlan& plan);

// With a rate, the requests of all threads together are due at even intervals; in a closed loop
// each is due at once.
class Schedule {
 public:
  using Time = posix::Clock::time_point;

  // The schedule of thread number `index`. Borrows `plan`.
  Schedule(const BenchPlan& plan, std::size_t index);

  // Makes this number `index` of the `count` threads that have a connection; the others get no
  // requests. Only before start().
  void divide(std::size_t index, std::size_t count) noexcept;
  // Begins the run.
  void start(Time start);
  // Ends the hold, which is not measured: one request is left for each of `connections`.
  void end_hold(std::uint64_t connections);

  [[nodiscard]] Time start() const noexcept { return start_; }
  // Returns when the measurement begins: after the warm-up or the hold.
  [[nodiscard]] Time measured_from() const noexcept { return measured_from_; }
  [[nodiscard]] Time end() const noexcept { return end_; }

  // Returns whether a request is left that may begin, or is due, at `when`. Requests of the warm-up
  // do not count towards the plan's.
  [[nodiscard]] bool is_left(Time when) const;
  // Returns when the next request is due. Only with a rate.
  [[nodiscard]] Time due_time() const;
  // Returns when the next request begins, if one is left.
  [[nodiscard]] Time next_begin() const;
  // Drops the requests that were due before `now` and have not begun. Returns how many of them
  // would have been measured; 0 without a rate.
  std::uint64_t drop_due(Time now) noexcept;
  // Begins the next request, due at `when`, and returns its number, which is unique to the run.
  std::uint64_t begin_next(Time when) noexcept;

 private:
  [[nodiscard]] std::uint64_t next_number() const noexcept;

  const BenchPlan& plan_;
  std::size_t index_ = 0;
  std::size_t threads_ = 1;
  std::optional<std::uint64_t> share_;  // of the plan's requests
  std::uint64_t begun_ = 0;             // requests, with those of the warm-up
  std::uint64_t measured_ = 0;          // those of `begun_` that count
  Time start_;
  Time measured_from_ = Time::max();
  Time end_ = Time::max();
};

}  // namespace yodel::client::bench
