#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <utility>

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

// Returns a whole number if `value` is one.
text::Json number_or_text(const std::string& value) {
  std::uint64_t number = 0;
  const char* const end = value.data() + value.size();
  const auto [stop, error] = std::from_chars(value.data(), end, number);
  return error == std::errc{} && stop == end ? text::Json(number) : text::Json(value);
}

// Returns what the server knows of the SYN that began the connection, or null.
text::Json syn_object(const ProbeHeader& header) {
  const auto entries = header.syn();
  if (entries.empty()) return {};
  text::Json::Object object;
  for (const auto& [key, value] : entries)
    object.emplace_back(key, number_or_text(value));
  return object;
}

// Adds the kernel's figures for a probe, if there are any.
void add_tcp(text::Json::Object& object, const Outcome& outcome) {
  if (outcome.syn_retransmits > 0) {
    object.emplace_back("syn_retransmits", outcome.syn_retransmits);
  }
  if (!outcome.tcp) return;
  const auto& [info, retransmits] = *outcome.tcp;
  text::Json::Object tcp;
  if (info.rtt.count() > 0) tcp.emplace_back("rtt_ms", to_milliseconds(info.rtt));
  if (info.min_rtt.count() > 0) tcp.emplace_back("min_rtt_ms", to_milliseconds(info.min_rtt));
  tcp.emplace_back("retransmits", retransmits);
  tcp.emplace_back("mss", info.mss);
  object.emplace_back("tcp", std::move(tcp));
}

text::Json outages_array(const std::vector<Outage>& outages) {
  text::Json::Array array;
  for (const auto& outage : outages) {
    text::Json::Object object{{"from", text::utc_timestamp(outage.from)}};
    if (outage.to) object.emplace_back("to", text::utc_timestamp(*outage.to));
    object.emplace_back("length_ms", to_milliseconds(outage.length));
    object.emplace_back("lost", outage.lost);
    array.emplace_back(std::move(object));
  }
  return array;
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
    add_tcp(object, outcome);
    return line(std::move(object), at);
  }
  const Reply& reply = *outcome.result;
  text::Json::Object object{{"type", "reply"}, {"seq", outcome.sequence}, {"peer", reply.peer}};
  add_local(object, outcome.local);
  if (reply.bytes > 0) object.emplace_back("bytes", reply.bytes);
  for (const auto& timing : reply.timings)
    object.emplace_back(key(timing.name) + "_ms", to_milliseconds(timing.time));
  if (reply.shares) {
    object.emplace_back("server_ms", to_milliseconds(reply.shares->server));
    object.emplace_back("network_ms", to_milliseconds(reply.shares->network));
  }
  add_tcp(object, outcome);
  return line(std::move(object), at);
}

std::string event_json(const Reconnect& reconnect, WallClock::time_point at) {
  text::Json::Object object{{"type", "reconnected"},
                            {"cause", reconnect.cause},
                            {"after_ms", to_milliseconds(reconnect.after)},
                            {"peer", reconnect.peer}};
  add_local(object, reconnect.local);
  if (!reconnect.said.empty()) object.emplace_back("said", reconnect.said);
  if (reconnect.syn_retransmits > 0) {
    object.emplace_back("syn_retransmits", reconnect.syn_retransmits);
  }
  return line(std::move(object), at);
}

std::string event_json(const Session& session, WallClock::time_point at) {
  const auto& header = session.header;
  text::Json::Object object{{"type", "session"}, {"peer", session.peer}};
  add_local(object, session.local);
  // "peer" and "local" mean in all lines what we see, so what the server sees has other names.
  using Names = std::pair<const char*, const char*>;  // the server's, and ours
  constexpr std::array<Names, 6> texts{{{"host", "host"},
                                        {"session", "session"},
                                        {"listener", "listener"},
                                        {"peer", "seen_from"},
                                        {"local", "seen_at"},
                                        {"proxy", "proxy"}}};
  constexpr std::array<Names, 2> numbers{{{"peer.pid", "seen_pid"}, {"peer.uid", "seen_uid"}}};
  for (const auto& [theirs, ours] : texts)
    if (const auto value = header.find(theirs)) object.emplace_back(ours, *value);
  for (const auto& [theirs, ours] : numbers)
    if (const auto value = header.find(theirs)) object.emplace_back(ours, number_or_text(*value));
  if (header.find("peer")) object.emplace_back("syn", syn_object(header));
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
  if (summary.is_tcp) {
    object.emplace_back("retransmits", counts.retransmits());
    object.emplace_back("syn_retransmits", counts.syn_retransmits());
  }
  object.emplace_back("outage_count", summary.outages.count);
  object.emplace_back("outage_ms", to_milliseconds(summary.outages.total));
  object.emplace_back("outages", outages_array(summary.outages.longest));
  for (const auto& part : counts.parts())
    object.emplace_back(key(part.name), part_object(part.times));
  // "server" is its name.
  for (const auto& share : counts.shares())
    object.emplace_back(std::string(share.name) + "_share", part_object(share.times));
  if (!counts.shares().empty() || counts.unknown_shares() > 0) {
    object.emplace_back("unknown_shares", counts.unknown_shares());
  }
  return line(std::move(object), at);
}

}  // namespace yodel::client::ping
