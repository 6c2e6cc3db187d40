#include "client/report/run_record.hpp"

#include "client/measure/figures.hpp"

namespace yodel::client {
namespace {

std::optional<double> milliseconds(std::optional<std::chrono::nanoseconds> time) {
  if (!time) return std::nullopt;
  return to_milliseconds(*time);
}

}  // namespace

std::optional<LatencyRecord> record_of(const LatencyHistogram& times) {
  if (times.count() == 0) return std::nullopt;
  LatencyRecord record{
      .count = times.count(),
      .values = {to_milliseconds(times.min()), to_milliseconds(times.mean()),
                 to_milliseconds(times.percentile(50)), to_milliseconds(times.percentile(90)),
                 to_milliseconds(times.percentile(99)), to_milliseconds(times.percentile(99.9)),
                 to_milliseconds(times.max())},
      .bins = {}};
  for (const auto& bin : times.bins())
    record.bins.push_back({.upper = to_milliseconds(bin.upper), .count = bin.count});
  return record;
}

TimeSeriesRecord record_of(const TimeSeries& series) {
  TimeSeriesRecord record{.interval = to_seconds(series.length()),
                          .replies = {},
                          .errors = {},
                          .longest = {},
                          .p50 = {},
                          .p99 = {}};
  for (const auto& interval : series.intervals()) {
    record.replies.push_back(interval.replies);
    record.errors.push_back(interval.errors);
    record.longest.push_back(to_milliseconds(interval.longest));
    record.p50.push_back(milliseconds(interval.percentile(50)));
    record.p99.push_back(milliseconds(interval.percentile(99)));
  }
  return record;
}

}  // namespace yodel::client
