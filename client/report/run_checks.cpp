#include "client/report/run_checks.hpp"

#include <array>
#include <fmt/format.h>
#include <utility>

namespace yodel::client {

void check(const text::Place& place, const LatencyRecord& latency) {
  std::uint64_t sum = 0;
  for (const auto& bin : latency.bins) {
    sum += bin.count;
    if (sum > latency.count) break;
  }
  if (latency.count == 0 || sum != latency.count) {
    throw place["bins"].wrong(
        fmt::format("expected counts that add up to {}, as in 'count', got {}{}", latency.count,
                    sum, sum > latency.count ? " or more" : ""));
  }
  if (latency.min() > latency.max()) throw place["min"].wrong("is above 'max'");
}

void check(const text::Place& place, const TcpRecord& tcp) {
  if (tcp.syn_retransmits > tcp.retransmits)
    throw place["syn_retransmits"].wrong("is above 'retransmits'");
  if (tcp.mss.has_value() != tcp.max_mss.has_value() || tcp.mss > tcp.max_mss)
    throw place["mss"].wrong("expected at most 'max_mss', or null if that is null");
}

void check_time_series(const text::Place& place, const TimeSeriesRecord& series) {
  const auto length = series.replies.size();
  const std::array<std::pair<const char*, std::size_t>, 4> lists{{{"errors", series.errors.size()},
                                                                  {"max_ms", series.longest.size()},
                                                                  {"p50_ms", series.p50.size()},
                                                                  {"p99_ms", series.p99.size()}}};
  for (const auto& [key, size] : lists) {
    if (size == length) continue;
    throw place[key].wrong(
        fmt::format("expected as many items as in 'replies' ({}), got {}", length, size));
  }
}

std::optional<RunFault> fault_of_schema(const text::Json& document) {
  const auto* const schema = document.find("schema");
  const auto number = schema == nullptr ? std::nullopt : schema->number();
  const bool nameless = schema == nullptr && document.find("yodel") != nullptr;
  if (nameless || (number && *number < run_schema)) {
    return RunFault{
        .text = fmt::format("was written by an older yodel: its schema is {}, this yodel reads {}",
                            nameless ? 1 : *number, run_schema),
        .remedy = "run the benchmark again with this yodel"};
  }
  if (number && *number > run_schema) {
    return RunFault{
        .text = fmt::format("was written by a newer yodel: its schema is {}, this yodel reads {}",
                            *number, run_schema),
        .remedy = "compare with that yodel, or run the benchmark again with this one"};
  }
  return std::nullopt;
}

}  // namespace yodel::client
