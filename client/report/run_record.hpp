// A run of `yodel bench`, as its JSON tells of it: what a report is made from. All numbers are
// between 0 and 1e15.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "client/measure/tally.hpp"

namespace yodel::client {

// Times that were measured. In milliseconds, as in the JSON.
struct LatencyRecord {
  static constexpr std::array<const char*, 7> names{"min", "mean",  "p50", "p90",
                                                    "p99", "p99.9", "max"};
  struct Bin {
    double upper = 0;
    std::uint64_t count = 0;  // above 0
  };

  std::uint64_t count = 0;                    // above 0
  std::array<double, names.size()> values{};  // one for each of `names`; min <= max
  std::vector<Bin> bins;  // from the shortest times on; their counts make `count`

  [[nodiscard]] double min() const { return values.front(); }
  [[nodiscard]] double max() const { return values.back(); }
};

// How the run went over time, in intervals of one length; each list has one entry for each. There
// are Series::most_intervals at the most.
struct CourseRecord {
  double interval = 0;  // seconds, from 1e-3 to 1e9
  std::vector<std::uint64_t> replies;
  std::vector<std::uint64_t> errors;
  std::vector<double> longest;  // latency of a reply, in milliseconds
};

struct RunRecord {
  // What may be measured, as it is called in the JSON.
  static constexpr std::array<const char*, 6> kinds{"since_due", "round_trip", "whole",
                                                    "connect",   "first_byte", "lateness"};

  std::string version;
  std::string started;  // ISO 8601, UTC
  std::string server;
  std::string description;
  std::string protocol;
  std::uint64_t connections_at_once = 0;
  bool new_connection = false;
  bool hold = false;
  std::uint64_t threads = 0;
  std::uint64_t payload = 0;  // bytes
  std::optional<double> rate_due;
  std::optional<std::uint64_t> requests;
  std::optional<double> duration;  // seconds
  double warm_up = 0;              // seconds

  double elapsed = 0;  // seconds
  bool interrupted = false;
  std::uint64_t replies = 0;
  double replies_per_second = 0;
  std::uint64_t failed = 0;
  std::array<std::uint64_t, bench_errors> errors{};  // by BenchError
  std::uint64_t connections = 0;
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_received = 0;
  std::uint64_t queued = 0;
  std::uint64_t unsent = 0;
  std::vector<std::string> client_limits;
  double precision = 0;  // of each time, as a part of it: 0.1 at the most
  std::array<std::optional<LatencyRecord>, kinds.size()> latencies;  // nullopt: not measured
  CourseRecord course;
};

// Reads what `yodel bench --json` wrote. What is there that a RunRecord has no place for is passed
// over. The error names the place, and what was expected: "line 1, column 7: …", "run.threads: …".
// It is safe for a terminal, and not long.
[[nodiscard]] tl::expected<RunRecord, std::string> parse_run(std::string_view json);

}  // namespace yodel::client
