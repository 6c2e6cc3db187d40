// The record of a run of `yodel bench`, from which summary, JSON, page and comparison are made.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client/measure/latency_histogram.hpp"
#include "client/measure/request_error.hpp"
#include "client/measure/time_kind.hpp"
#include "client/measure/time_series.hpp"

namespace yodel::client {

// Times that were measured, in milliseconds.
struct LatencyRecord {
  struct Figure {
    std::string_view key;   // in JSON
    std::string_view name;  // for people
    // Fewer values do not carry it: less than one of them would be beyond it.
    std::uint64_t min_count;
    double percent;  // of a percentile; else 0
  };
  static constexpr std::array<Figure, 7> figures{{{"min", "min", 1, 0},
                                                  {"mean", "mean", 1, 0},
                                                  {"p50", "p50", 2, 50},
                                                  {"p90", "p90", 10, 90},
                                                  {"p99", "p99", 100, 99},
                                                  {"p99_9", "p99.9", 1000, 99.9},
                                                  {"max", "max", 1, 0}}};
  // Their places in `figures` and `values`.
  enum Index : std::size_t { i_min, i_mean, i_p50, i_p90, i_p99, i_p99_9, i_max };
  struct Bin {
    double upper = 0;
    std::uint64_t count = 0;  // above 0
    friend bool operator==(const Bin&, const Bin&) = default;
  };

  std::uint64_t count = 0;                      // above 0
  std::array<double, figures.size()> values{};  // one for each of `figures`; min <= max
  std::vector<Bin> bins;  // from the shortest times on; their counts make `count`

  [[nodiscard]] double min() const { return values.front(); }
  [[nodiscard]] double max() const { return values.back(); }
  // Whether the values are enough for what `figures` has at `figure` to be shown to people.
  [[nodiscard]] bool carries(std::size_t figure) const {
    return count >= figures.at(figure).min_count;
  }
  friend bool operator==(const LatencyRecord&, const LatencyRecord&) = default;
};

// How the run went over time, in intervals of one length; each list has one entry for each. There
// are TimeSeries::max_intervals at the most.
struct TimeSeriesRecord {
  double interval = 0;  // seconds, from 1e-3 to 1e9
  std::vector<std::uint64_t> replies;
  std::vector<std::uint64_t> errors;
  // Latencies of the replies, in milliseconds. Of too few replies there is no percentile.
  std::vector<double> longest;
  std::vector<std::optional<double>> p50;
  std::vector<std::optional<double>> p99;
  friend bool operator==(const TimeSeriesRecord&, const TimeSeriesRecord&) = default;
};

// What the client ran on, as far as the system tells; else empty and 0.
struct ClientMachine {
  std::string host;              // its name
  std::string system;            // "Linux 6.1.0-28-amd64"
  std::string processor;         // its model
  std::uint64_t processors = 0;  // that the client might use
  friend bool operator==(const ClientMachine&, const ClientMachine&) = default;
};

// All numbers are between 0 and 1e15.
struct RunRecord {
  std::string version;
  std::string started;  // ISO 8601, UTC
  std::string command;  // its command line, as a shell reads it; a long one is cut
  ClientMachine client;
  std::string server;   // "HOST (ADDRESS)": the name that was typed, and what was measured
  std::string address;  // the latter alone
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

  double elapsed = 0;  // seconds, until the run was over
  bool interrupted = false;
  std::uint64_t replies = 0;      // that came until then
  double replies_per_second = 0;  // which is replies / elapsed
  // The replies that came after it, to requests of the run, and the seconds until the last of them:
  // the drain. They count in `latencies` and `course`.
  std::uint64_t replies_after = 0;
  double drain = 0;
  std::uint64_t failed = 0;
  ErrorCounts errors{};
  std::string first_error;  // in words, as the server has said it; empty: nothing has failed
  // Connections that were there when the run began. nullopt: it had none of its own to keep.
  std::optional<std::uint64_t> opened;
  std::uint64_t connections = 0;
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_received = 0;
  std::uint64_t queued = 0;  // requests that were due when every connection was busy
  std::uint64_t unsent = 0;  // requests that were due, and never sent
  // Why the figures tell of the client, or of the machine under it, rather than of the server; each
  // is a sentence.
  std::vector<std::string> client_limits;
  // Of the busiest thread, in seconds: how long it ran, warm-up and drain with it; its processor
  // time; and how long it waited for a processor.
  double client_time = 0;
  double client_busy = 0;
  double client_waited = 0;
  double precision = 0;  // of each time, as a part of it: 0.1 at the most
  std::array<std::optional<LatencyRecord>, time_kinds.size()> latencies;  // by TimeKind
  TimeSeriesRecord time_series;

  friend bool operator==(const RunRecord&, const RunRecord&) = default;
};

// nullopt: nothing was measured.
[[nodiscard]] std::optional<LatencyRecord> record_of(const LatencyHistogram& times);
[[nodiscard]] TimeSeriesRecord record_of(const TimeSeries& series);

}  // namespace yodel::client
