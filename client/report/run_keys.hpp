// The keys of the JSON of a run, in one list for its writer and its reader.
#pragma once

#include <concepts>
#include <cstddef>
#include <type_traits>

#include "client/report/run_record.hpp"
#include "text/json_place.hpp"

namespace yodel::client {

constexpr std::size_t max_client_limits = 16;

// The accepted range of a number, and the accepted length of a list.
struct Bounds {
  double min = 0;
  double max = text::max_number;
  std::size_t max_items = TimeSeries::max_intervals;
};

// A part of the run that is an object of its own.
template <typename Record>
concept Members = std::same_as<Record, LatencyRecord> || std::same_as<Record, TcpRecord>;

// The keys of the document, in order. A visitor writes or reads the value of each: `at` a plain
// one, `if_present` one that may be absent, `object` one whose members a function visits.
template <typename Visitor, typename Record>
requires std::same_as<std::remove_const_t<Record>, LatencyRecord>
void visit_members(Visitor& visitor, Record& latency) {
  visitor.at("count", latency.count);
  for (std::size_t i = 0; i < latency.values.size(); ++i)
    visitor.at(LatencyRecord::figures.at(i).key, latency.values.at(i));
  visitor.at("bins", latency.bins);
}

template <typename Visitor, typename Record>
requires std::same_as<std::remove_const_t<Record>, TcpRecord>
void visit_members(Visitor& visitor, Record& tcp) {
  visitor.at("rtt_ms", tcp.rtt);
  visitor.at("min_rtt_ms", tcp.min_rtt);
  visitor.at("retransmits", tcp.retransmits);
  visitor.at("syn_retransmits", tcp.syn_retransmits);
  visitor.at("mss", tcp.mss);
  visitor.at("max_mss", tcp.max_mss);
}

template <typename Visitor, typename Record>
void visit_run(Visitor& visitor, Record& record) {
  visitor.at("yodel", record.version);
  visitor.at("started", record.started);
  visitor.object("client", [&](Visitor& client) {
    client.at("host", record.client.host);
    client.at("system", record.client.system);
    client.at("processor", record.client.processor);
    client.at("processors", record.client.processors);
  });
  visitor.object("run", [&](Visitor& run) {
    run.at("command", record.command);
    run.at("server", record.server);
    run.at("address", record.address);
    run.at("description", record.description);
    run.at("protocol", record.protocol);
    run.at("connections", record.connections_at_once);
    run.at("new_connection", record.new_connection);
    run.at("threads", record.threads);
    run.at("payload_bytes", record.payload);
    run.at("hold", record.hold);
    run.at("warm_up_s", record.warm_up);
    run.at("rate_per_s", record.rate_due);
    run.at("requests", record.requests);
    run.at("duration_s", record.duration);
  });
  visitor.at("elapsed_s", record.elapsed);
  visitor.at("interrupted", record.interrupted);
  visitor.at("replies", record.replies);
  visitor.at("replies_per_s", record.replies_per_second);
  visitor.at("replies_after", record.replies_after);
  visitor.at("drain_s", record.drain);
  visitor.at("failed", record.failed);
  visitor.object("errors", [&](Visitor& errors) {
    for (std::size_t i = 0; i < request_errors.size(); ++i)
      errors.at(request_errors.at(i).key, record.errors.at(i));
  });
  visitor.at("first_error", record.first_error);
  visitor.at("opened", record.opened);
  visitor.at("connections", record.connections);
  visitor.at("bytes_sent", record.bytes_sent);
  visitor.at("bytes_received", record.bytes_received);
  visitor.if_present("tcp", record.tcp);
  visitor.at("queued", record.queued);
  visitor.at("unsent", record.unsent);
  visitor.at("client_limits", record.client_limits, {.max_items = max_client_limits});
  visitor.at("client_time_s", record.client_time);
  visitor.at("client_busy_s", record.client_busy);
  visitor.at("client_waited_s", record.client_waited);
  visitor.at("precision", record.precision, {.max = 0.1});
  visitor.object("latency_ms", [&](Visitor& latencies) {
    for (std::size_t i = 0; i < time_kinds.size(); ++i) {
      auto& times = record.latencies.at(i);
      const auto& kind = time_kinds.at(i);
      kind.of_probe ? latencies.if_present(kind.key, times) : latencies.at(kind.key, times);
    }
  });
  visitor.if_present("unknown_shares", record.unknown_shares);
  visitor.object("time_series", [&](Visitor& series) {
    series.at("interval_s", record.time_series.interval, {.min = 1e-3, .max = 1e9});
    series.at("replies", record.time_series.replies);
    series.at("errors", record.time_series.errors);
    series.at("max_ms", record.time_series.longest);
    series.at("p50_ms", record.time_series.p50);
    series.at("p99_ms", record.time_series.p99);
  });
}

}  // namespace yodel::client
