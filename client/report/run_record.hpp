// The record of a run of `yodel bench`: the source of summary, JSON, page and comparison.
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

// Measured times of one kind, in milliseconds.
struct LatencyRecord {
  struct Figure {
    std::string_view key;   // in JSON
    std::string_view name;  // for people
    // With fewer values, less than one of them would lie beyond the figure.
    std::uint64_t min_count;
    double percent;  // of a percentile; otherwise 0
  };
  static constexpr std::array<Figure, 7> figures{{{"min", "min", 1, 0},
                                                  {"mean", "mean", 1, 0},
                                                  {"p50", "p50", 2, 50},
                                                  {"p90", "p90", 10, 90},
                                                  {"p99", "p99", 100, 99},
                                                  {"p99_9", "p99.9", 1000, 99.9},
                                                  {"max", "max", 1, 0}}};
  // Indexes into `figures` and `values`.
  enum Index : std::size_t { i_min, i_mean, i_p50, i_p90, i_p99, i_p99_9, i_max };
  struct Bin {
    double upper = 0;
    std::uint64_t count = 0;  // above 0
    friend bool operator==(const Bin&, const Bin&) = default;
  };

  std::uint64_t count = 0;                      // above 0
  std::array<double, figures.size()> values{};  // one for each of `figures`; min <= max
  std::vector<Bin> bins;  // in ascending order; their counts add up to `count`

  [[nodiscard]] double min() const { return values.front(); }
  [[nodiscard]] double max() const { return values.back(); }
  // Returns whether there are enough values to show people figure number `figure`.
  [[nodiscard]] bool supports(std::size_t figure) const {
    return count >= figures.at(figure).min_count;
  }
  friend bool operator==(const LatencyRecord&, const LatencyRecord&) = default;
};

// The run over time, in at most TimeSeries::max_intervals intervals of one length. Each list has an
// entry for each interval.
struct TimeSeriesRecord {
  double interval = 0;  // seconds, from 1e-3 to 1e9
  std::vector<std::uint64_t> replies;
  std::vector<std::uint64_t> errors;
  // Latencies of the replies, in milliseconds. Too few replies have no percentile.
  std::vector<double> longest;
  std::vector<std::optional<double>> p50;
  std::vector<std::optional<double>> p99;
  friend bool operator==(const TimeSeriesRecord&, const TimeSeriesRecord&) = default;
};

// The kernel's figures for the connections of a run over TCP: TCP_INFO, tcp(7).
struct TcpRecord {
  // In milliseconds: the median of the connections' smoothed round-trip times, each as it ended,
  // and the shortest round-trip time of all; std::nullopt if none was measured.
  std::optional<double> rtt;
  std::optional<double> min_rtt;
  std::uint64_t retransmits = 0;      // segments that the client sent again, with its SYNs
  std::uint64_t syn_retransmits = 0;  // SYNs of these
  // Bytes of data in a segment, the smallest and the largest maximum of a connection; std::nullopt
  // if none was established.
  std::optional<std::uint64_t> mss;
  std::optional<std::uint64_t> max_mss;
  friend bool operator==(const TcpRecord&, const TcpRecord&) = default;
};

// The machine that the client ran on. What the system does not report is empty or 0.
struct ClientMachine {
  std::string host;              // its host name
  std::string system;            // "Linux 6.1.0-28-amd64"
  std::string processor;         // the model
  std::uint64_t processors = 0;  // available to the client
  friend bool operator==(const ClientMachine&, const ClientMachine&) = default;
};

// A run. All numbers are between 0 and 1e15.
struct RunRecord {
  std::string version;
  std::string started;  // ISO 8601, UTC
  std::string command;  // the command line, as a shell reads it; a long one is cut
  ClientMachine client;
  std::string server;   // "HOST (ADDRESS)": the name that was typed, and the address
  std::string address;  // ADDRESS alone
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

  double elapsed = 0;  // seconds, without the drain
  bool interrupted = false;
  std::uint64_t replies = 0;      // within `elapsed`
  double replies_per_second = 0;  // replies / elapsed
  // The drain: replies to requests of the run that came after `elapsed`, and the seconds until the
  // last of them. They count in `latencies` and `time_series`.
  std::uint64_t replies_after = 0;
  double drain = 0;
  std::uint64_t failed = 0;
  ErrorCounts errors{};
  std::string first_error;  // in words, with what the server said; empty if nothing failed
  // Connections that were open at the start, or std::nullopt if each request had one of its own.
  std::optional<std::uint64_t> opened;
  std::uint64_t connections = 0;
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_received = 0;
  std::optional<TcpRecord> tcp;  // std::nullopt if there was no connection over TCP
  std::uint64_t queued = 0;      // requests due while every connection was busy
  std::uint64_t unsent = 0;      // requests due but never sent
  // Reasons why the figures describe the client or its machine rather than the server; each is a
  // clause.
  std::vector<std::string> client_limits;
  // Of the busiest thread, in seconds: how long it ran, with warm-up and drain; its processor time;
  // and how long it waited for a processor.
  double client_time = 0;
  double client_busy = 0;
  double client_waited = 0;
  double precision = 0;  // relative error of a percentile, at most 0.1
  std::array<std::optional<LatencyRecord>, time_kinds.size()> latencies;  // by TimeKind
  // Replies whose `server` and `network` are unknown, because a clock was set; std::nullopt if the
  // server has not measured its share of any.
  std::optional<std::uint64_t> unknown_shares;
  TimeSeriesRecord time_series;

  friend bool operator==(const RunRecord&, const RunRecord&) = default;
};

// Returns the record of `times`, or std::nullopt if nothing was measured.
[[nodiscard]] std::optional<LatencyRecord> record_of(const LatencyHistogram& times);
// Returns the record of `series`.
[[nodiscard]] TimeSeriesRecord record_of(const TimeSeries& series);

}  // namespace yodel::client
