#include <fmt/format.h>

#include "client/measure/figures.hpp"
#include "client/ping/report.hpp"
#include "text/duration.hpp"

namespace yodel::client::ping {
namespace {

std::string pace(const Announcement& announcement) {
  const bool waits = announcement.interval == std::chrono::nanoseconds::zero();
  std::string text = waits ? "each behind the reply to the one before"
                           : "one every " + text::print_duration(announcement.interval);
  if (announcement.connect) text += ", each on a connection of its own";
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

class TextReport : public Report {
 public:
  [[nodiscard]] std::string first(const Announcement& announcement) const override {
    return fmt::format("ping {}: {}, messages of {} bytes, {}\n", announcement.server,
                       description_of(announcement.service), announcement.size, pace(announcement));
  }

  [[nodiscard]] std::string each(const Outcome& outcome) const override {
    if (outcome.result) return reply_line(outcome.sequence, *outcome.result);
    const Mishap& mishap = outcome.result.error();
    return fmt::format("{}: seq={}: {}\n", mishap.kind == Mishap::Kind::wrong ? "wrong" : "lost",
                       outcome.sequence, mishap.failure.text);
  }

  [[nodiscard]] std::string last(const Summary& summary) const override {
    const auto& counts = summary.statistics;
    std::string text = fmt::format("--- {} ping statistics ---\n", summary.server);
    text += fmt::format("{} sent, {} received, {} wrong, {} lost ({:.4g}%), time {:.0f} ms\n",
                        counts.sent(), counts.received(), counts.wrong(), counts.lost(),
                        counts.loss(), to_milliseconds(summary.elapsed));
    if (summary.outstanding > 0) {
      text += fmt::format("{} more under way at the end, not counted\n", summary.outstanding);
    }
    for (const auto& part : counts.parts())
      text += part_line(part);
    return text;
  }
};

}  // namespace

std::unique_ptr<Report> make_text_report() {
  return std::make_unique<TextReport>();
}

}  // namespace yodel::client::ping
