#include <fmt/format.h>

#include "client/measure/figures.hpp"
#include "client/ping/report.hpp"
#include "text/counted.hpp"
#include "text/duration.hpp"
#include "text/quote.hpp"

namespace yodel::client::ping {
namespace {

std::string pace(const PingOptions& options) {
  const bool waits = options.interval == std::chrono::nanoseconds::zero();
  std::string text = waits ? "each as soon as the last is answered"
                           : "interval " + text::print_duration(options.interval);
  if (options.each_connects && !options.connects_only) text += ", on new connections";
  return text;
}

std::string reply_line(std::uint64_t sequence, const Reply& reply) {
  const bool connected = reply.bytes == 0;
  std::string line =
      fmt::format("{} {}: seq={}", connected ? "connected to" : "reply from", reply.peer, sequence);
  if (!connected) line += fmt::format(" bytes={}", reply.bytes);
  for (const auto& timing : reply.timings)
    line += fmt::format(" {}={:.3f}", timing.name, to_milliseconds(timing.time));
  return line + " ms\n";
}

// Returns the figures as ping(8) prints them, in lines of less than 80 columns.
std::string part_lines(const Statistics::Part& part) {
  const auto& times = part.times;
  return fmt::format(
      "{0} min/avg/max/mdev = {1:.3f}/{2:.3f}/{3:.3f}/{4:.3f} ms\n"
      "{0} p50/p90/p99 = {5:.3f}/{6:.3f}/{7:.3f} ms\n",
      part.name, to_milliseconds(times.min()), to_milliseconds(times.mean()),
      to_milliseconds(times.max()), to_milliseconds(times.deviation()),
      to_milliseconds(times.percentile(50)), to_milliseconds(times.percentile(90)),
      to_milliseconds(times.percentile(99)));
}

// Returns a table of 80 columns: the longest name, "first-byte", takes ten, and so does each
// figure.
std::string table(const std::vector<Statistics::Part>& parts) {
  std::string text = fmt::format("{:<10}{:>10}{:>10}{:>10}{:>10}{:>10}{:>10}{:>10}\n", "ms", "min",
                                 "avg", "max", "mdev", "p50", "p90", "p99");
  for (const auto& [name, times] : parts) {
    text += fmt::format("{:<10}", name);
    for (const auto time : {times.min(), times.mean(), times.max(), times.deviation(),
                            times.percentile(50), times.percentile(90), times.percentile(99)})
      text += fmt::format("{:>10.3f}", to_milliseconds(time));
    text += '\n';
  }
  return text;
}

std::string counts_text(const Statistics& counts) {
  return fmt::format("{} sent, {} received, {} wrong, {} lost ({:.4g}%)", counts.sent(),
                     counts.received(), counts.wrong(), counts.lost(), counts.loss());
}

}  // namespace

std::string announcement_text(const std::string& server, const PingOptions& options) {
  if (options.connects_only) {
    return fmt::format("ping {}: connecting and closing, {}\n", server, pace(options));
  }
  return fmt::format("ping {}: {}, {}-byte messages, {}\n", server, description_of(options.service),
                     options.size, pace(options));
}

std::string length_text(std::chrono::nanoseconds time) {
  using namespace std::chrono_literals;
  if (time < 1s) return fmt::format("{:.0f} ms", to_milliseconds(time));
  if (time < 1min) return fmt::format("{:.1f} s", to_seconds(time));
  return text::print_duration(std::chrono::round<std::chrono::seconds>(time));
}

std::string event_text(const Reconnect& reconnect) {
  std::string text =
      fmt::format("reconnected: {} after {}", reconnect.cause, length_text(reconnect.after));
  if (!reconnect.said.empty()) text += "; the server said " + text::excerpt(reconnect.said);
  return text + '\n';
}

std::string event_text(const Outcome& outcome) {
  if (outcome.result) return reply_line(outcome.sequence, *outcome.result);
  const ProbeError& error = outcome.result.error();
  return fmt::format("{}: seq={}: {}\n", error.kind == ProbeError::Kind::wrong ? "wrong" : "lost",
                     outcome.sequence, error.failure.text);
}

std::string summary_text(const Summary& summary) {
  const auto& counts = summary.statistics;
  // As in ping(8), an empty line keeps the "^C" of the terminal apart from the summary.
  std::string text = fmt::format("\n--- {} ping statistics ---\n", summary.server);
  text +=
      fmt::format("{}, time {:.0f} ms\n", counts_text(counts), to_milliseconds(summary.elapsed));
  if (summary.outstanding > 0) {
    text += fmt::format("{} more under way at the end, not counted\n", summary.outstanding);
  }
  if (counts.reconnects() > 0) {
    text += text::counted(counts.reconnects(), "reconnect") + " after the connection ended\n";
  }
  const auto& parts = counts.parts();
  if (parts.empty()) return text;
  return text + (parts.size() == 1 ? part_lines(parts.front()) : table(parts));
}

std::string summary_line(const Summary& summary) {
  const auto& counts = summary.statistics;
  std::string text = counts_text(counts);
  if (summary.outstanding > 0) text += fmt::format(", {} under way", summary.outstanding);
  if (!counts.parts().empty()) {
    const auto& [name, times] = counts.parts().back();
    text += fmt::format(", {} min/avg/max = {:.3f}/{:.3f}/{:.3f} ms", name,
                        to_milliseconds(times.min()), to_milliseconds(times.mean()),
                        to_milliseconds(times.max()));
  }
  return text + '\n';
}

}  // namespace yodel::client::ping
