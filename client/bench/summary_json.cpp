
#include "client/bench/summary.hpp"
#include "client/measure/figures.hpp"
#include "text/json.hpp"
#include "text/timestamp.hpp"

namespace yodel::client::bench {
namespace {

using std::chrono::nanoseconds;

text::Json what_was_run(const BenchPlan& plan) {
  return text::Json::Object{
      {"server", plan.server},
      {"description", description(plan)},
      {"protocol", protocol::name(plan.service.protocol)},
      {"connections", plan.connections},
      {"new_connection", plan.new_connection},
      {"threads", plan.threads},
      {"payload_bytes", plan.payload},
      {"hold", plan.hold},
      {"warm_up_s", to_seconds(plan.warm_up)},
      {"rate_per_s", plan.rate},
      {"requests", plan.requests},
      {"duration_s", plan.duration ? text::Json(to_seconds(*plan.duration)) : text::Json()}};
}

// null: nothing was measured.
text::Json figures(const LatencyHistogram& times) {
  if (times.count() == 0) return {};
  text::Json::Object all{{"count", times.count()},
                         {"min", to_milliseconds(times.min())},
                         {"mean", to_milliseconds(times.mean())},
                         {"p50", to_milliseconds(times.percentile(50))},
                         {"p90", to_milliseconds(times.percentile(90))},
                         {"p99", to_milliseconds(times.percentile(99))},
                         {"p99.9", to_milliseconds(times.percentile(99.9))},
                         {"max", to_milliseconds(times.max())}};
  // [upper bound, count] of each bin that is not empty.
  text::Json::Array bins;
  for (const auto& bin : times.bins())
    bins.emplace_back(text::Json::Array{to_milliseconds(bin.upper), bin.count});
  all.emplace_back("bins", std::move(bins));
  return all;
}

text::Json course(const Series& series) {
  text::Json::Array replies;
  text::Json::Array errors;
  text::Json::Array longest;
  for (const auto& interval : series.intervals()) {
    replies.emplace_back(interval.replies);
    errors.emplace_back(interval.errors);
    longest.emplace_back(to_milliseconds(interval.longest));
  }
  return text::Json::Object{{"interval_s", to_seconds(series.length())},
                            {"replies", std::move(replies)},
                            {"errors", std::move(errors)},
                            {"longest_ms", std::move(longest)}};
}

text::Json errors(const Tally& tally) {
  text::Json::Object kinds;
  for (std::size_t i = 0; i < bench_errors; ++i)
    kinds.emplace_back(to_string(static_cast<BenchError>(i)), tally.errors.at(i));
  return kinds;
}

}  // namespace

std::string summary_json(const BenchPlan& plan, const BenchResult& result) {
  const Tally& tally = result.tally;
  const text::Json::Array limits = [&] {
    text::Json::Array texts;
    for (auto& text : client_limits(plan, result))
      texts.emplace_back(std::move(text));
    return texts;
  }();
  const text::Json::Object all{
      {"yodel", YODEL_VERSION},
      {"started", text::utc_timestamp(std::chrono::system_clock::to_time_t(result.started)) + "Z"},
      {"run", what_was_run(plan)},
      {"elapsed_s", to_seconds(result.elapsed)},
      {"interrupted", result.interrupted},
      {"replies", tally.replies},
      {"replies_per_s", result.rate(plan)},
      {"failed", tally.failed()},
      {"errors", errors(tally)},
      {"connections", tally.connections},
      {"bytes_sent", tally.bytes_sent},
      {"bytes_received", tally.bytes_received},
      {"queued", tally.queued},
      {"unsent", tally.unsent},
      {"client_limits", limits},
      {"client_busy_s", to_seconds(tally.busy)},
      {"client_waited_s", to_seconds(tally.waited)},
      {"precision", LatencyHistogram::precision},
      {"latency_ms", text::Json::Object{{"connect", figures(tally.connect)},
                                        {"first_byte", figures(tally.first_byte)},
                                        {"round_trip", figures(tally.round_trip)},
                                        {"since_due", figures(tally.due)},
                                        {"whole", figures(tally.whole)},
                                        {"lateness", figures(tally.lateness)}}},
      {"course", course(tally.series)}};
  return to_string(all) + '\n';
}

}  // namespace yodel::client::bench
