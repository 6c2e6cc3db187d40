#include "client/report/summary.hpp"

#include <fmt/format.h>

namespace yodel::client {
namespace {

constexpr double percent = 100;

std::string row(std::string_view name, const LatencyRecord& times) {
  std::string text = fmt::format("  {:<16}", name);
  for (std::size_t i = 0; i < times.values.size(); ++i) {
    if (LatencyRecord::names.at(i) != std::string_view("mean")) {
      text += fmt::format("{:>10.3f}", times.values.at(i));
    }
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
  std::string heads = fmt::format("\n  {:<16}", "");
  for (const std::string_view name : LatencyRecord::names) {
    if (name != "mean") heads += fmt::format("{:>10}", name);
  }
  return heads + fmt::format("   ms, within {:g} %\n", run.precision * percent) + rows;
}

}  // namespace

std::string summary_text(const RunRecord& run) {
  std::string text = fmt::format("{}: {}\n", run.server, run.description);
  text += fmt::format(
      "  {} replies in {:.3f} s: {:.1f} in a second; {} connections, {} bytes sent, {} received\n",
      run.replies, run.elapsed, run.replies_per_second, run.connections, run.bytes_sent,
      run.bytes_received);
  if (run.replies_after > 0) {
    text += fmt::format("  {} more came in the {:.3f} s after that; the times below are of all\n",
                        run.replies_after, run.drain);
  }
  text += fmt::format("  {} failed{}\n", run.failed,
                      run.failed > 0 ? ": " + errors_text(run.errors, run.first_error) : "");
  text += latencies(run);
  if (run.queued > 0) {
    text += fmt::format(
        "\n  {} requests were due when every connection was busy: with more of them they would\n"
        "  have been sent in time.\n",
        run.queued);
  }
  if (run.unsent > 0) {
    text += fmt::format(
        "\n  {} requests that were due were never sent: the percentiles are higher than these.\n",
        run.unsent);
  }
  for (const auto& limit : run.client_limits)
    text += fmt::format("\n  LIMITED BY THE CLIENT: {}.\n", limit);
  if (run.interrupted) text += "\n  Interrupted: the run is shorter than was asked for.\n";
  return text;
}

}  // namespace yodel::client
