// What a run of `yodel bench` has counted and measured.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "client/measure/latency_histogram.hpp"

namespace yodel::client {

// Why a request failed, or a connection was not to be had.
enum class BenchError : std::uint8_t {
  refused,      // the connection: ECONNREFUSED
  unreachable,  // no connection for another reason of the network
  timed_out,    // the server, or the path to it, took longer than it may
  wrong_reply,  // other bytes than were due
  closed,       // by the server, before the reply
  reset,        // the connection was lost
  no_resources  // on our side: no port, no descriptor, no memory
};
constexpr std::size_t bench_errors = 7;
// "refused", "timed out", …
[[nodiscard]] std::string_view to_string(BenchError error) noexcept;

// How a figure went over time: a bounded number of intervals of one length, which doubles when
// there would be too many.
class Series {
 public:
  struct Interval {
    std::uint64_t replies = 0;
    std::uint64_t errors = 0;
    std::chrono::nanoseconds longest{0};  // latency of a reply
  };
  static constexpr std::size_t most_intervals = 512;

  // `at` counts from the start of what is measured; what lies before it belongs to the first one.
  void reply(std::chrono::nanoseconds at, std::chrono::nanoseconds latency);
  void error(std::chrono::nanoseconds at) { ++interval(at).errors; }
  void merge(const Series& other);

  [[nodiscard]] std::chrono::nanoseconds length() const noexcept { return length_; }
  [[nodiscard]] const std::vector<Interval>& intervals() const noexcept { return intervals_; }

 private:
  Interval& interval(std::chrono::nanoseconds at);
  void coarsen();

  std::chrono::nanoseconds length_ = std::chrono::milliseconds(100);
  std::vector<Interval> intervals_;
};

// One thread's, and merged, the run's. A request that was begun within the warm-up is in none of
// them; connections and bytes are those of the whole run.
struct Tally {
  std::uint64_t connections = 0;  // that were there
  std::uint64_t replies = 0;      // that were right
  std::uint64_t in_time = 0;      // replies that were there when the duration was over
  std::uint64_t queued = 0;       // requests that were due when every connection was busy
  std::uint64_t unsent = 0;       // requests that were due, and never sent
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_received = 0;
  std::array<std::uint64_t, bench_errors> errors{};

  LatencyHistogram connect;     // from connect(2) until the connection is there
  LatencyHistogram first_byte;  // from connect(2) until the server's first byte
  LatencyHistogram round_trip;  // from the send of a request until its reply is whole
  LatencyHistogram due;         // open schedule: from when it was due until its reply is whole
  LatencyHistogram whole;       // a new connection each: from connect(2) until the server's end
  LatencyHistogram lateness;    // open schedule: a connection was free, and it was sent so late
  Series series;

  std::chrono::nanoseconds last{0};  // from the start of what is measured to the last reply
  // The processor time of the busiest thread, and how long it waited for a processor.
  std::chrono::nanoseconds busy{0};
  std::chrono::nanoseconds waited{0};

  void fail(BenchError error) noexcept { ++errors.at(static_cast<std::size_t>(error)); }
  [[nodiscard]] std::uint64_t failed() const noexcept;
  void merge(const Tally& other);
};

}  // namespace yodel::client
