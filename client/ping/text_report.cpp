#include <fmt/format.h>
#include <optional>
#include <string_view>

#include "client/measure/figures.hpp"
#include "client/ping/report.hpp"
#include "text/counted.hpp"
#include "text/duration.hpp"
#include "text/quote.hpp"
#include "text/timestamp.hpp"

namespace yodel::client::ping {
namespace {

std::string pace(const PingOptions& options) {
  const bool waits = options.interval == std::chrono::nanoseconds::zero();
  std::string text = waits ? "each as soon as the last is answered"
                           : "interval " + text::print_duration(options.interval);
  if (options.each_connects && !options.connects_only) text += ", on new connections";
  return text;
}

// Returns ", 1 SYN retransmitted", or nothing if none was.
std::string syns_text(std::uint64_t retransmits) {
  return retransmits == 0 ? "" : ", " + text::counted(retransmits, "SYN") + " retransmitted";
}

std::string reply_line(std::uint64_t sequence, const Reply& reply) {
  const bool connected = reply.bytes == 0;
  std::string line =
      fmt::format("{} {}: seq={}", connected ? "connected to" : "reply from", reply.peer, sequence);
  if (!connected) line += fmt::format(" bytes={}", reply.bytes);
  for (const auto& timing : reply.timings)
    line += fmt::format(" {}={:.3f}", timing.name, to_milliseconds(timing.time));
  line += " ms";
  if (reply.shares) {
    line +=
        fmt::format(" server={:.3f} ms network={:.3f} ms", to_milliseconds(reply.shares->server),
                    to_milliseconds(reply.shares->network));
  }
  return line;
}

// Returns what the kernel sent again for the probe, which is nothing on most lines.
std::string retransmits_text(const Outcome& outcome) {
  std::string text;
  if (outcome.tcp && outcome.tcp->retransmits > 0) {
    text += fmt::format(" retransmits={}", outcome.tcp->retransmits);
  }
  return text + syns_text(outcome.syn_retransmits);
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

// Returns "3 retransmits, 1 SYN retransmitted", or nothing if there were none.
std::string retransmits_text(const Statistics& counts) {
  const auto syns = syns_text(counts.syn_retransmits());
  if (counts.retransmits() > 0) return text::counted(counts.retransmits(), "retransmit") + syns;
  return syns.empty() ? syns : syns.substr(syns.find_first_not_of(", "));
}

// Returns the time in UTC to a tenth of a second, so that a line with two has less than 80 columns.
std::string moment_text(WallClock::time_point time) {
  const std::string text = text::utc_timestamp(time);
  return text.substr(0, text.find('.') + 2) + 'Z';
}

// Returns the number of outages and the longest one, or nothing if there were none.
std::string outages_text(const OutageFigures& outages) {
  if (outages.count == 0) return {};
  const Outage& longest = outages.maximum();
  return fmt::format("{}, {}{} {} {}{}", text::counted(outages.count, "outage"),
                     outages.count > 1 ? "longest " : "", length_text(longest.length),
                     longest.to ? "from" : "since", moment_text(longest.from),
                     longest.to ? " to " + moment_text(*longest.to) : ", not over");
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
  return text + syns_text(reconnect.syn_retransmits) + '\n';
}

std::string event_text(const Session& session) {
  const auto value = [&](std::string_view key) -> std::optional<std::string> {
    constexpr std::size_t max_shown = 100;  // a Unix socket's path may be as long
    const auto found = session.header.find(key);
    if (!found) return std::nullopt;
    return text::printable(std::string_view(*found).substr(0, max_shown));
  };
  std::string text =
      fmt::format("{} session {}", value("host").value_or("?"), value("session").value_or("?"));
  if (const auto peer = value("peer")) {
    text += ", seen from " + *peer;
    if (const auto proxy = value("proxy")) text += " via " + *proxy;
    // Without the SYN there is nothing to tell how the path has changed it.
    if (session.header.syn().empty()) text += "; it has not kept the SYN (SYN cookies?)";
  } else if (const auto process = value("peer.pid")) {
    text += ", seen as process " + *process;
  }
  return text + '\n';
}

std::string event_text(const Outcome& outcome) {
  const std::string again = retransmits_text(outcome) + '\n';
  if (outcome.result) return reply_line(outcome.sequence, *outcome.result) + again;
  const ProbeError& error = outcome.result.error();
  return fmt::format("{}: seq={}: {}{}", error.kind == ProbeError::Kind::wrong ? "wrong" : "lost",
                     outcome.sequence, error.failure.text, again);
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
  if (const auto again = retransmits_text(counts); !again.empty()) text += again + '\n';
  if (const auto outages = outages_text(summary.outages); !outages.empty()) text += outages + '\n';
  if (summary.outages.count > 1 && !summary.outages.is_over() && summary.outages.maximum().to) {
    const Outage& last = summary.outages.longest.back();
    text += fmt::format("the last outage, {} since {}, is not over\n", length_text(last.length),
                        moment_text(last.from));
  }
  if (const auto unknown = counts.unknown_shares(); unknown > 0) {
    text += fmt::format("server and network are unknown for {}: a clock was set\n",
                        unknown == 1 ? "1 reply" : fmt::format("{} replies", unknown));
  }
  auto parts = counts.parts();
  if (parts.empty()) return text;
  parts.insert(parts.end(), counts.shares().begin(), counts.shares().end());
  return text + (parts.size() == 1 ? part_lines(parts.front()) : table(parts));
}

std::string summary_line(const Summary& summary) {
  const auto& counts = summary.statistics;
  std::string text = counts_text(counts);
  if (summary.outstanding > 0) text += fmt::format(", {} under way", summary.outstanding);
  for (const auto& part : {retransmits_text(counts), outages_text(summary.outages)})
    if (!part.empty()) text += ", " + part;
  if (!counts.parts().empty()) {
    const auto& [name, times] = counts.parts().back();
    text += fmt::format(", {} min/avg/max = {:.3f}/{:.3f}/{:.3f} ms", name,
                        to_milliseconds(times.min()), to_milliseconds(times.mean()),
                        to_milliseconds(times.max()));
  }
  return text + '\n';
}

}  // namespace yodel::client::ping
