#include <algorithm>

#include "client/measure/figures.hpp"
#include "client/ping/report.hpp"
#include "text/json.hpp"
#include "text/timestamp.hpp"

namespace yodel::client::ping {
namespace {

// Returns "first_byte" for "first-byte".
std::string key(std::string_view name) {
  std::string text(name);
  std::replace(text.begin(), text.end(), '-', '_');
  return text;
}

std::string line(text::Json::Object object, WallClock::time_point at) {
  object.emplace(object.begin() + 1, "at", text::utc_timestamp(at));
  return to_string(text::Json(std::move(object))) + '\n';
}

void add_local(text::Json::Object& object, const std::string& local) {
  if (!local.empty()) object.emplace_back("local", local);
}

text::Json part_object(const LatencyHistogram& times) {
  return text::Json::Object{{"min_ms", to_milliseconds(times.min())},
                            {"avg_ms", to_milliseconds(times.mean())},
                            {"max_ms", to_milliseconds(times.max())},
                            {"mdev_ms", to_milliseconds(times.deviation())},
                            {"p50_ms", to_milliseconds(times.percentile(50))},
                            {"p90_ms", to_milliseconds(times.percentile(90))},
                            {"p99_ms", to_milliseconds(times.percentile(99))}};
}

}  // namespace

std::string event_json(const Outcome& outcome, WallClock::time_point at) {
  if (!outcome.result) {
    const ProbeError& error = outcome.result.error();
    const bool wrong = error.kind == ProbeError::Kind::wrong;
    text::Json::Object object{{"type", wrong ? "wrong" : "lost"},
                              {"seq", outcome.sequence},
                              {"cause", error.failure.text},
                              {"status", static_cast<int>(error.failure.status)}};
    add_local(object, outcome.local);
    return line(std::move(object), at);
  }
  const Reply& reply = *outcome.result;
  text::Json::Object object{{"type", "reply"}, {"seq", outcome.sequence}, {"peer", reply.peer}};
  add_local(object, outcome.local);
  if (reply.bytes > 0) object.emplace_back("bytes", reply.bytes);
  for (const auto& timing : reply.timings)
    object.emplace_back(key(timing.name) + "_ms", to_milliseconds(timing.time));
  return line(std::move(object), at);
}

std::string event_json(const Reconnect& reconnect, WallClock::time_point at) {
  text::Json::Object object{{"type", "reconnected"},
                            {"cause", reconnect.cause},
                            {"after_ms", to_milliseconds(reconnect.after)},
                            {"peer", reconnect.peer}};
  add_local(object, reconnect.local);
  if (!reconnect.said.empty()) object.emplace_back("said", reconnect.said);
  return line(std::move(object), at);
}

std::string summary_json(const Summary& summary, WallClock::time_point at) {
  const auto& counts = summary.statistics;
  text::Json::Object object{{"type", "summary"},
                            {"server", summary.server},
                            {"sent", counts.sent()},
                            {"received", counts.received()},
                            {"wrong", counts.wrong()},
                            {"lost", counts.lost()},
                            {"loss_percent", counts.loss()},
                            {"outstanding", summary.outstanding},
                            {"connections", summary.connections},
                            {"reconnects", counts.reconnects()},
                            {"elapsed_ms", to_milliseconds(summary.elapsed)}};
  for (const auto& part : counts.parts())
    object.emplace_back(key(part.name), part_object(part.times));
  return line(std::move(object), at);
}

}  // namespace yodel::client::ping
