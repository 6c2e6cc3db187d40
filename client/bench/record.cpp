#include "client/bench/record.hpp"

#include <fmt/format.h>

#include "client/bench/machine.hpp"
#include "client/measure/figures.hpp"
#include "client/report/words.hpp"
#include "text/counted.hpp"
#include "text/timestamp.hpp"

namespace yodel::client::bench {
namespace {

using namespace std::chrono_literals;

// A thread that is running or runnable for this share of the time limits the figures.
constexpr double max_busy = 0.9;
// A run shorter than this, in seconds, is too short to judge.
constexpr double min_judged = 0.1;
// A request sent later than this with a connection free was delayed by the client.
constexpr auto max_send_delay = 1ms;

// "greet, 8 connections, a new one for each request, next request after each reply, 16-byte
// messages"
std::string description(const BenchPlan& plan) {
  std::string words = fmt::format(
      "{}, {}", protocol::name(plan.service.protocol),
      plan.connections == 1 ? "1 connection" : grouped(plan.connections) + " connections");
  if (plan.new_connection) words += ", a new one for each request";
  if (plan.hold) {
    words += fmt::format(", idle for {:g} s, then one request on each", to_seconds(*plan.duration));
  } else if (plan.rate) {
    words += fmt::format(", open loop at {} per second", rate_text(*plan.rate));
  } else {
    words += ", next request after each reply";
  }
  return fmt::format("{}, {}-byte messages", words, grouped(plan.payload));
}

std::vector<std::string> client_limits(const BenchPlan& plan, const BenchResult& result) {
  const Tally& tally = result.tally;
  std::vector<std::string> limits;
  const double at_work = to_seconds(tally.at_work);
  const double busy = to_seconds(tally.busiest.busy) / at_work;
  const double waited = to_seconds(tally.busiest.waited) / at_work;
  if (!plan.hold && at_work >= min_judged && busy + waited >= max_busy) {
    limits.push_back(
        fmt::format("its busiest thread ran for {:.0f} % of the time and waited for a processor "
                    "for {:.0f} %",
                    busy * 100, waited * 100));
  }
  const auto& send_delay = tally.of(TimeKind::send_delay);
  if (const auto late = send_delay.percentile(99);
      send_delay.count() > 0 && late > max_send_delay) {
    limits.push_back(
        fmt::format("1 % of requests were sent at least {} late, with a connection free",
                    time_text(to_milliseconds(late), 3)));
  }
  if (const auto count = count_of(tally.errors, RequestError::no_resources)) {
    limits.push_back(
        fmt::format("it ran out of ports, descriptors or memory {}", text::counted(count, "time")));
  }
  return limits;
}

std::optional<TcpRecord> record_of(const TcpTally& tally) {
  if (tally.connections == 0) return std::nullopt;
  TcpRecord record;
  record.retransmits = tally.retransmits;
  record.syn_retransmits = tally.syn_retransmits;
  if (tally.rtt.count() > 0) record.rtt = to_milliseconds(tally.rtt.percentile(50));
  if (tally.min_rtt > 0ns) record.min_rtt = to_milliseconds(tally.min_rtt);
  if (tally.max_mss > 0) {
    record.mss = tally.min_mss;
    record.max_mss = tally.max_mss;
  }
  return record;
}

}  // namespace

RunRecord record_of(const BenchPlan& plan, const BenchResult& result) {
  const Tally& tally = result.tally;
  RunRecord record{
      .version = YODEL_VERSION,
      .started = text::utc_timestamp(std::chrono::system_clock::to_time_t(result.started)) + "Z",
      .command = command_line(),
      .client = this_machine(),
      .server = plan.server,
      .address = plan.address_text,
      .description = description(plan),
      .protocol = std::string(protocol::name(plan.service.protocol)),
      .connections_at_once = plan.connections,
      .new_connection = plan.new_connection,
      .hold = plan.hold,
      .threads = plan.threads,
      .payload = plan.payload,
      .rate_due = plan.rate,
      .requests = plan.requests,
      .duration = plan.duration ? std::optional(to_seconds(*plan.duration)) : std::nullopt,
      .warm_up = to_seconds(plan.warm_up),
      .elapsed = to_seconds(result.elapsed),
      .interrupted = result.interrupted,
      .replies = result.replies(),
      .replies_per_second = result.rate(),
      .replies_after = tally.late,
      .drain = to_seconds(result.drain()),
      .failed = tally.failed(),
      .errors = tally.errors,
      .first_error = tally.first_cause,
      .opened = result.opened,
      .connections = tally.connections,
      .bytes_sent = tally.bytes_sent,
      .bytes_received = tally.bytes_received,
      .tcp = record_of(tally.tcp),
      .queued = tally.queued,
      .unsent = tally.unsent,
      .client_limits = client_limits(plan, result),
      .client_time = to_seconds(tally.at_work),
      .client_busy = to_seconds(tally.busiest.busy),
      .client_waited = to_seconds(tally.busiest.waited),
      .precision = LatencyHistogram::precision,
      .latencies = {},
      .unknown_shares = tally.with_shares > 0 ? std::optional(tally.unknown_shares) : std::nullopt,
      .time_series = client::record_of(tally.series)};
  for (std::size_t i = 0; i < time_kinds.size(); ++i)
    record.latencies.at(i) = client::record_of(tally.times.at(i));
  return record;
}

}  // namespace yodel::client::bench
