#include "client/bench/summary.hpp"

#include <fmt/format.h>

#include "client/measure/figures.hpp"
#include "text/counted.hpp"

namespace yodel::client::bench {
namespace {

using std::chrono::nanoseconds;
using namespace std::chrono_literals;

// A thread that is at work or ready for it for this part of the time is what limits the rest.
constexpr double most_busy = 0.9;
// Less, in seconds, says nothing.
constexpr double shortest_judged = 0.1;
// Requests that are sent later than this although a connection was free are the client's fault.
constexpr auto most_late = 1ms;

std::string row(std::string_view name, const LatencyHistogram& times) {
  if (times.count() == 0) return {};
  return fmt::format("  {:<12}{:>10.3f}{:>10.3f}{:>10.3f}{:>10.3f}{:>10.3f}{:>10.3f}\n", name,
                     to_milliseconds(times.min()), to_milliseconds(times.percentile(50)),
                     to_milliseconds(times.percentile(90)), to_milliseconds(times.percentile(99)),
                     to_milliseconds(times.percentile(99.9)), to_milliseconds(times.max()));
}

std::string latencies(const Tally& tally) {
  const std::string rows = row("connect", tally.connect) + row("first byte", tally.first_byte) +
                           row("round trip", tally.round_trip) + row("since due", tally.due) +
                           row("whole", tally.whole);
  if (rows.empty()) return {};
  return fmt::format("\n  {:<12}{:>10}{:>10}{:>10}{:>10}{:>10}{:>10}   ms, within {:g} %\n", "",
                     "min", "p50", "p90", "p99", "p99.9", "max",
                     LatencyHistogram::precision * 100) +
         rows;
}

}  // namespace

std::string description(const BenchPlan& plan) {
  std::string words = fmt::format("{}, {}", protocol::name(plan.service.protocol),
                                  text::counted(plan.connections, "connection"));
  if (plan.new_connection) words += ", a new one for each request";
  if (plan.hold) {
    words += fmt::format(", idle for {:g} s, then a request each", to_seconds(*plan.duration));
  } else if (plan.rate) {
    words += fmt::format(", {:.15g} requests due in a second", *plan.rate);
  } else {
    words += ", closed loop";
  }
  return fmt::format("{}, {} of message", words, text::counted(plan.payload, "byte"));
}

std::vector<std::string> client_limits(const BenchPlan& plan, const BenchResult& result) {
  const Tally& tally = result.tally;
  std::vector<std::string> limits;
  const double elapsed = to_seconds(result.elapsed + plan.warm_up);
  const double busy = to_seconds(tally.busy) / elapsed;
  const double waited = to_seconds(tally.waited) / elapsed;
  if (!plan.hold && elapsed >= shortest_judged && busy + waited >= most_busy) {
    limits.push_back(
        fmt::format("its busiest thread was at work for {:.0f} % of the time and waited for a "
                    "processor for {:.0f} %",
                    busy * 100, waited * 100));
  }
  if (const auto late = tally.lateness.percentile(99);
      tally.lateness.count() > 0 && late > most_late) {
    limits.push_back(fmt::format(
        "one in a hundred requests was sent {:.3f} ms late or more, with a connection free",
        to_milliseconds(late)));
  }
  if (const auto count = tally.errors.at(static_cast<std::size_t>(BenchError::no_resources))) {
    limits.push_back(
        fmt::format("it had no port, descriptor or memory left {}", text::counted(count, "time")));
  }
  return limits;
}

std::string errors_text(const Tally& tally) {
  std::string text;
  for (std::size_t i = 0; i < bench_errors; ++i) {
    if (tally.errors.at(i) == 0) continue;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", tally.errors.at(i),
                        to_string(static_cast<BenchError>(i)));
  }
  return text;
}

std::string summary_text(const BenchPlan& plan, const BenchResult& result) {
  const Tally& tally = result.tally;
  std::string text = fmt::format("{}: {}\n", plan.server, description(plan));
  text += fmt::format(
      "  {} replies in {:.3f} s: {:.1f} in a second; {} connections, {} bytes sent, {} received\n",
      tally.replies, to_seconds(result.elapsed), result.rate(plan), tally.connections,
      tally.bytes_sent, tally.bytes_received);
  const auto errors = errors_text(tally);
  text += fmt::format("  {} failed{}{}\n", tally.failed(), errors.empty() ? "" : ": ", errors);
  text += latencies(tally);
  if (tally.queued > 0) {
    text += fmt::format(
        "\n  {} requests were due when every connection was busy: with more of them they would\n"
        "  have been sent in time.\n",
        tally.queued);
  }
  if (tally.unsent > 0) {
    text += fmt::format(
        "\n  {} requests that were due were never sent: the percentiles are higher than these.\n",
        tally.unsent);
  }
  for (const auto& limit : client_limits(plan, result))
    text += fmt::format("\n  LIMITED BY THE CLIENT: {}.\n", limit);
  if (result.interrupted) text += "\n  Interrupted: the run is shorter than was asked for.\n";
  return text;
}

}  // namespace yodel::client::bench
