// A run of `yodel bench`: its threads, and what the person before the terminal sees meanwhile.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "client/bench/plan.hpp"
#include "client/bench/tally.hpp"
#include "client/command_line.hpp"
#include "client/failure.hpp"

namespace yodel::client::bench {

struct BenchResult {
  Tally tally;
  std::chrono::system_clock::time_point started;
  std::chrono::nanoseconds elapsed{0};  // of what is measured, without the drain
  // Connections that were there when it began; nullopt: it made one for each request.
  std::optional<std::uint64_t> opened;
  bool interrupted = false;  // by SIGINT or SIGTERM: it is shorter than was asked for

  // Right replies until `elapsed` was over, and how many that is in a second.
  [[nodiscard]] std::uint64_t replies() const noexcept { return tally.replies - tally.late; }
  [[nodiscard]] double rate() const;
  // From then to the last of the replies that were still due: the drain. 0: there were none.
  [[nodiscard]] std::chrono::nanoseconds drain() const noexcept {
    return tally.late > 0 ? tally.last - elapsed : std::chrono::nanoseconds::zero();
  }
};

// Runs it to its end, or until SIGINT or SIGTERM comes. On a terminal, standard error shows how far
// it is. Fails where the system has no room for it.
[[nodiscard]] Result<BenchResult> run_bench(const BenchPlan& plan);

// `yodel bench`: its command line.
[[nodiscard]] Command command();

}  // namespace yodel::client::bench
