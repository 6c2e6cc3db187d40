// Runs `yodel bench`: its threads, and the progress line that a terminal shows meanwhile.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "client/bench/plan.hpp"
#include "client/bench/tally.hpp"
#include "client/command_line.hpp"
#include "client/failure.hpp"

namespace yodel::client::bench {

// The results of a run.
struct BenchResult {
  Tally tally;
  std::chrono::system_clock::time_point started;
  std::chrono::nanoseconds elapsed{0};  // the measured time, without the drain
  // Connections that were open at the start, or std::nullopt if each request had one of its own.
  std::optional<std::uint64_t> opened;
  bool interrupted = false;  // SIGINT or SIGTERM ended the run early

  // Returns the number of correct replies within `elapsed`.
  [[nodiscard]] std::uint64_t replies() const noexcept { return tally.replies - tally.late; }
  // Returns replies() per second.
  [[nodiscard]] double rate() const;
  // Returns the time from the end of `elapsed` to the last reply, or 0 if no reply came that late.
  [[nodiscard]] std::chrono::nanoseconds drain() const noexcept {
    return tally.late > 0 ? tally.last - elapsed : std::chrono::nanoseconds::zero();
  }
};

// Runs `plan` to its end, or until SIGINT or SIGTERM arrives. Shows progress on standard error if
// that is a terminal. Fails if the system cannot provide the threads or the epoll instances.
[[nodiscard]] Result<BenchResult> run_bench(const BenchPlan& plan);

// Returns the command `yodel bench`.
[[nodiscard]] Command command();

}  // namespace yodel::client::bench
