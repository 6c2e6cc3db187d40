// What a run of `yodel bench` has counted and measured.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>

#include "client/bench/processor_time.hpp"
#include "client/measure/latency_histogram.hpp"
#include "client/measure/request_error.hpp"
#include "client/measure/time_kind.hpp"
#include "client/measure/time_series.hpp"

namespace yodel::client::bench {

// One thread's, and merged, the run's. A request that was begun within the warm-up is in none of
// them; connections and bytes are those of the whole run.
struct Tally {
  std::uint64_t connections = 0;  // that were there
  std::uint64_t replies = 0;      // that were right
  std::uint64_t late = 0;         // of them those that came after the duration was over
  std::uint64_t queued = 0;       // requests that were due when every connection was busy
  std::uint64_t unsent = 0;       // requests that were due, and never sent
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_received = 0;
  ErrorCounts errors{};
  std::string first_cause;  // of the first error, in words; empty: nothing has failed
  std::chrono::nanoseconds first_failed{0};

  std::array<LatencyHistogram, time_kinds.size()> times;  // by TimeKind
  TimeSeries series;

  std::chrono::nanoseconds last{0};  // from the start of what is measured to the last reply
  // The processor time of the busiest thread, and the time over which it was taken.
  ProcessorTime busiest;
  std::chrono::nanoseconds at_work{0};

  void record(TimeKind kind, std::chrono::nanoseconds time) {
    times.at(index_of(kind)).record(time);
  }
  [[nodiscard]] const LatencyHistogram& of(TimeKind kind) const { return times.at(index_of(kind)); }
  // `at` counts from the start of what is measured.
  void fail(RequestError error, const std::string& cause, std::chrono::nanoseconds at);
  [[nodiscard]] std::uint64_t failed() const noexcept;
  void merge(const Tally& other);
};

}  // namespace yodel::client::bench
