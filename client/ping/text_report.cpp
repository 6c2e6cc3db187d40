#include <fmt/format.h>

#include "client/measure/figures.hpp"
#include "client/ping/report.hpp"
#include "text/duration.hpp"

namespace yodel::client::ping {
namespace {

std::string pace(const PingOptions& options) {
  const bool waits = options.interval == std::chrono::nanoseconds::zero();
  std::string text = waits ? "each behind the reply to the one before"
                           : "one every " + text::print_duration(options.interval);
  if (options.each_connects) text += ", each on a connection of its own";
  return text;
}

std::string reply_line(std::uint64_t sequence, const Reply& reply) {
  std::string line =
      fmt::format("reply from {}: seq={} bytes={}", reply.peer, sequence, reply.bytes);
  for (const auto& timing : reply.timings)
    line += fmt::format(" {}={:.3f}", timing.name, to_milliseconds(timing.time));
  return line + " ms\n";
}

std::string part_line(const Statistics::Part& part) {
  const auto& times = part.times;
  return fmt::format(
      "{} min/avg/max/mdev = {:.3f}/{:.3f}/{:.3f}/{:.3f} ms, p50/p90/p99 = "
      "{:.3f}/{:.3f}/{:.3f} ms\n",
      part.name, to_milliseconds(times.min()), to_milliseconds(times.mean()),
      to_milliseconds(times.max()), to_milliseconds(times.deviation()),
      to_milliseconds(times.percentile(50)), to_milliseconds(times.percentile(90)),
      to_milliseconds(times.percentile(99)));
}

}  // namespace

std::string announcement_text(const std::string& server, const PingOptions& options) {
  return fmt::format("ping {}: {}, messages of {} bytes, {}\n", server,
                     description_of(options.service), options.size, pace(options));
}

std::string outcome_text(const Outcome& outcome) {
  if (outcome.result) return reply_line(outcome.sequence, *outcome.result);
  const Mishap& mishap = outcome.result.error();
  return fmt::format("{}: seq={}: {}\n", mishap.kind == Mishap::Kind::wrong ? "wrong" : "lost",
                     outcome.sequence, mishap.failure.text);
}

std::string summary_text(const Summary& summary) {
  const auto& counts = summary.statistics;
  std::string text = fmt::format("--- {} ping statistics ---\n", summary.server);
  text += fmt::format("{} sent, {} received, {} wrong, {} lost ({:.4g}%), time {:.0f} ms\n",
                      counts.sent(), counts.received(), counts.wrong(), counts.lost(),
                      counts.loss(), to_milliseconds(summary.elapsed));
  if (summary.outstanding > 0) {
    text += fmt::format("{} more under way at the end, not counted\n", summary.outstanding);
  }
  if (summary.connections > 1 && !summary.each_connects) {
    text += fmt::format("{} connections, for the server ended those before\n", summary.connections);
  }
  for (const auto& part : counts.parts())
    text += part_line(part);
  return text;
}

}  // namespace yodel::client::ping
