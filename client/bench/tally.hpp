// The counts and times of a run of `yodel bench`.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>

#include "client/bench/processor_time.hpp"
#include "client/bench/tcp_tally.hpp"
#include "client/measure/latency_histogram.hpp"
#include "client/measure/request_error.hpp"
#include "client/measure/time_kind.hpp"
#include "client/measure/time_series.hpp"

namespace yodel::client::bench {

// The counts and times of a thread or, merged, of the run. Requests of the warm-up are left out;
// connections, bytes and what the kernel counted are those of the whole run.
struct Tally {
  std::uint64_t connections = 0;  // established
  std::uint64_t replies = 0;      // correct ones
  std::uint64_t late = 0;         // those of `replies` that came after the end of the duration
  std::uint64_t queued = 0;       // requests due while every connection was busy
  std::uint64_t unsent = 0;       // requests due but never sent
  // Replies whose time a probe server has measured and, of those, the ones for which that cannot be
  // true.
  std::uint64_t with_shares = 0;
  std::uint64_t unknown_shares = 0;
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_received = 0;
  ErrorCounts errors{};
  std::string first_cause;  // the first error in words; empty if nothing failed
  std::chrono::nanoseconds first_failed{0};

  std::array<LatencyHistogram, time_kinds.size()> times;  // by TimeKind
  TimeSeries series;
  TcpTally tcp;

  std::chrono::nanoseconds last{0};  // from the start of the measurement to the last reply
  // The processor time of the busiest thread, and how long that thread ran.
  ProcessorTime busiest;
  std::chrono::nanoseconds at_work{0};

  void record(TimeKind kind, std::chrono::nanoseconds time) {
    times.at(index_of(kind)).record(time);
  }
  [[nodiscard]] const LatencyHistogram& of(TimeKind kind) const { return times.at(index_of(kind)); }
  // Records the shares of a round trip, of which a probe server claims to have spent `server`.
  void record_shares(std::chrono::nanoseconds round_trip, std::chrono::nanoseconds server);
  // Counts an error `at` this long after the start of the measurement.
  void fail(RequestError error, const std::string& cause, std::chrono::nanoseconds at);
  [[nodiscard]] std::uint64_t failed() const noexcept;
  void merge(const Tally& other);
};

}  // namespace yodel::client::bench
