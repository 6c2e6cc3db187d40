#include "client/report/summary.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

#include "client/measure/figures.hpp"
#include "client/report/words.hpp"

namespace yodel::client {
namespace {

using Latency = LatencyRecord;

constexpr std::size_t width = 80;
constexpr std::array shown{Latency::i_min, Latency::i_p50,   Latency::i_p90,
                           Latency::i_p99, Latency::i_p99_9, Latency::i_max};
constexpr int digits = 3;  // significant
// The width of a cell of the table in characters, not bytes.
constexpr std::size_t cell = 9;

// Breaks `text` at blanks into lines of at most `width` characters. The first is indented by
// `indent`, the others by two more. A word that is longer gets a line of its own.
std::string paragraph(std::string_view text, std::size_t indent) {
  std::string lines(indent, ' ');
  std::size_t used = indent;
  bool begun = false;
  while (!text.empty()) {
    const auto word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    const auto length = characters(word);
    if (begun && used + 1 + length > width) {
      lines.append(1, '\n').append(indent + 2, ' ');
      used = indent + 2;
    } else if (begun) {
      lines += ' ';
      ++used;
    }
    lines += word;
    used += length;
    begun = true;
  }
  return lines + '\n';
}

std::string right(std::string_view text) {
  return std::string(cell - std::min(cell, characters(text)), ' ').append(text);
}

std::string seconds_text(double seconds) {
  constexpr double milliseconds = 1000;
  return time_text(seconds * milliseconds, digits);
}

std::string row(std::string_view name, const Latency& times) {
  std::string text = fmt::format("  {:<20}", name);
  for (const auto figure : shown) {
    text += right(times.supports(figure) ? time_text(times.values.at(figure), digits) : "-");
  }
  return text + '\n';
}

std::string latencies(const RunRecord& run) {
  std::string rows;
  for (std::size_t i = 0; i < time_kinds.size(); ++i) {
    const auto& kind = time_kinds.at(i);
    if (run.latencies.at(i) && !kind.of_client) rows += row(kind.name, *run.latencies.at(i));
  }
  if (rows.empty()) return {};
  std::string heads = fmt::format("\n  {:<20}", "");
  for (const auto figure : shown)
    heads += right(Latency::figures.at(figure).name);
  return heads + '\n' + rows;
}

std::string outcome(const RunRecord& run) {
  // The time of a run ends with its last reply, so one of a count without any takes none.
  const auto time = run.elapsed > 0 ? fmt::format(" in {} ({}/s)", seconds_text(run.elapsed),
                                                  grouped(run.replies_per_second))
                                    : "";
  std::string text =
      paragraph(fmt::format("{} {}{}, {} {}", grouped(run.replies),
                            run.replies == 1 ? "reply" : "replies", time, grouped(run.connections),
                            run.connections == 1 ? "connection" : "connections"),
                2);
  const auto rates = bit_rates_text(run.bytes_sent, run.bytes_received, run.client_time);
  text += paragraph(
      fmt::format("{} sent, {} received{}", bytes_text(run.bytes_sent),
                  bytes_text(run.bytes_received), rates.empty() ? "" : fmt::format(" ({})", rates)),
      2);
  if (run.tcp) text += paragraph("TCP: " + tcp_text(*run.tcp), 2);
  if (run.replies_after > 0) {
    text += paragraph(fmt::format("{} more came in the {} after that, included in the times below",
                                  grouped(run.replies_after), seconds_text(run.drain)),
                      2);
  }
  if (const auto open = open_text(run); !open.empty()) text += paragraph(open, 2);
  return text + paragraph(failures_text(run.errors, run.first_error), 2);
}

}  // namespace

std::string summary_text(const RunRecord& run) {
  std::string text = paragraph(fmt::format("{}: {}", run.server, run.description), 0);
  text += outcome(run) + latencies(run);
  if (const auto unknown = unknown_shares_text(run); !unknown.empty()) {
    text += paragraph(unknown, 2);
  }
  const auto add = [&text](std::string_view sentence) { text += '\n' + paragraph(sentence, 2); };
  if (run.queued > 0) {
    add(fmt::format("{} while every connection was busy, and sent late: use more connections.",
                    requests_due(run.queued)));
  }
  if (run.unsent > 0) add(unsent_text(run));
  for (const auto& limit : run.client_limits)
    add(fmt::format("LIMITED BY THE CLIENT: {}.", limit));
  if (run.interrupted) add("Interrupted: the run ended early.");
  return text;
}

}  // namespace yodel::client
