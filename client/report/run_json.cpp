#include "client/report/run_json.hpp"

#include <fmt/format.h>
#include <functional>
#include <utility>

#include "client/report/run_checks.hpp"
#include "text/json.hpp"
#include "text/json_place.hpp"
#include "text/quote.hpp"

namespace yodel::client {
namespace {

// The most bins that LatencyHistogram::bins() returns.
constexpr std::size_t max_bins = 22'018;
constexpr std::size_t max_client_limits = 16;
// A bin is three values: a list and its two numbers. A run has about 3,000 values more; the rest
// leaves room for keys of later versions.
constexpr text::JsonLimits limits{
    .depth = 16, .values = time_kinds.size() * 3 * max_bins + 10'000, .text = 4096};

// The accepted range of a number, and the accepted length of a list.
struct Bounds {
  double min = 0;
  double max = text::max_number;
  std::size_t max_items = TimeSeries::max_intervals;
};

// The keys of the document, in order. A visitor writes or reads the value of each: `at` a plain
// one, `object` one whose members a function visits, `tcp` one that may be absent.
template <typename Visitor, typename Record>
void visit_latency(Visitor& visitor, Record& latency) {
  visitor.at("count", latency.count);
  for (std::size_t i = 0; i < latency.values.size(); ++i)
    visitor.at(LatencyRecord::figures.at(i).key, latency.values.at(i));
  visitor.at("bins", latency.bins);
}

template <typename Visitor, typename Record>
void visit_tcp(Visitor& visitor, Record& tcp) {
  visitor.at("rtt_ms", tcp.rtt);
  visitor.at("min_rtt_ms", tcp.min_rtt);
  visitor.at("retransmits", tcp.retransmits);
  visitor.at("syn_retransmits", tcp.syn_retransmits);
  visitor.at("mss", tcp.mss);
  visitor.at("max_mss", tcp.max_mss);
}

template <typename Visitor, typename Record>
void visit_run(Visitor& visitor, Record& record) {
  visitor.at("yodel", record.version);
  visitor.at("started", record.started);
  visitor.object("client", [&](Visitor& client) {
    client.at("host", record.client.host);
    client.at("system", record.client.system);
    client.at("processor", record.client.processor);
    client.at("processors", record.client.processors);
  });
  visitor.object("run", [&](Visitor& run) {
    run.at("command", record.command);
    run.at("server", record.server);
    run.at("address", record.address);
    run.at("description", record.description);
    run.at("protocol", record.protocol);
    run.at("connections", record.connections_at_once);
    run.at("new_connection", record.new_connection);
    run.at("threads", record.threads);
    run.at("payload_bytes", record.payload);
    run.at("hold", record.hold);
    run.at("warm_up_s", record.warm_up);
    run.at("rate_per_s", record.rate_due);
    run.at("requests", record.requests);
    run.at("duration_s", record.duration);
  });
  visitor.at("elapsed_s", record.elapsed);
  visitor.at("interrupted", record.interrupted);
  visitor.at("replies", record.replies);
  visitor.at("replies_per_s", record.replies_per_second);
  visitor.at("replies_after", record.replies_after);
  visitor.at("drain_s", record.drain);
  visitor.at("failed", record.failed);
  visitor.object("errors", [&](Visitor& errors) {
    for (std::size_t i = 0; i < request_errors.size(); ++i)
      errors.at(request_errors.at(i).key, record.errors.at(i));
  });
  visitor.at("first_error", record.first_error);
  visitor.at("opened", record.opened);
  visitor.at("connections", record.connections);
  visitor.at("bytes_sent", record.bytes_sent);
  visitor.at("bytes_received", record.bytes_received);
  visitor.tcp("tcp", record.tcp);
  visitor.at("queued", record.queued);
  visitor.at("unsent", record.unsent);
  visitor.at("client_limits", record.client_limits, {.max_items = max_client_limits});
  visitor.at("client_time_s", record.client_time);
  visitor.at("client_busy_s", record.client_busy);
  visitor.at("client_waited_s", record.client_waited);
  visitor.at("precision", record.precision, {.max = 0.1});
  visitor.object("latency_ms", [&](Visitor& latencies) {
    for (std::size_t i = 0; i < time_kinds.size(); ++i)
      latencies.at(time_kinds.at(i).key, record.latencies.at(i));
  });
  visitor.object("time_series", [&](Visitor& series) {
    series.at("interval_s", record.time_series.interval, {.min = 1e-3, .max = 1e9});
    series.at("replies", record.time_series.replies);
    series.at("errors", record.time_series.errors);
    series.at("max_ms", record.time_series.longest);
    series.at("p50_ms", record.time_series.p50);
    series.at("p99_ms", record.time_series.p99);
  });
}

class Writer {
 public:
  void at(std::string_view key, const auto& value, const Bounds& /*bounds*/ = {}) {
    object_.emplace_back(key, json(value));
  }
  void object(std::string_view key, const std::function<void(Writer&)>& visit) {
    Writer inner;
    visit(inner);
    object_.emplace_back(key, std::move(inner.object_));
  }
  void tcp(std::string_view key, const std::optional<TcpRecord>& tcp) {
    if (tcp) object(key, [&](Writer& inner) { visit_tcp(inner, *tcp); });
  }
  [[nodiscard]] text::Json whole() && { return std::move(object_); }

 private:
  static text::Json json(const auto& scalar) { return scalar; }
  template <typename Item>
  static text::Json json(const std::vector<Item>& items) {
    text::Json::Array array;
    for (const auto& item : items)
      array.push_back(json(item));
    return array;
  }
  // [upper bound, count]
  static text::Json json(const LatencyRecord::Bin& bin) {
    return text::Json::Array{bin.upper, bin.count};
  }
  // null if nothing was measured.
  static text::Json json(const std::optional<LatencyRecord>& latency) {
    if (!latency) return {};
    Writer inner;
    visit_latency(inner, *latency);
    return std::move(inner.object_);
  }

  text::Json::Object object_;
};

class Reader {
 public:
  explicit Reader(text::Place place) : place_(std::move(place)) {}

  void at(std::string_view key, auto& target, const Bounds& bounds = {}) const {
    read(place_[key], target, bounds);
  }
  void object(std::string_view key, const std::function<void(Reader&)>& visit) const {
    Reader inner(place_[key]);
    visit(inner);
  }
  void tcp(std::string_view key, std::optional<TcpRecord>& tcp) const {
    if (!place_.has(key)) return;
    object(key, [&](Reader& inner) { visit_tcp(inner, tcp.emplace()); });
    check_tcp(place_[key], *tcp);
  }

 private:
  static void read(const text::Place& place, std::string& text, const Bounds& /*bounds*/) {
    text = text::escaped(place.text());
    if (text.size() > limits.text)
      throw place.wrong(fmt::format("expected a string of at most {} bytes", limits.text));
  }
  static void read(const text::Place& place, bool& flag, const Bounds& /*bounds*/) {
    flag = place.flag();
  }
  static void read(const text::Place& place, std::uint64_t& count, const Bounds& /*bounds*/) {
    count = place.count();
  }
  static void read(const text::Place& place, double& number, const Bounds& bounds) {
    number = place.number(bounds.min, bounds.max);
  }
  template <typename Value>
  static void read(const text::Place& place, std::optional<Value>& value, const Bounds& bounds) {
    if (!place.is_null()) read(place, value.emplace(), bounds);
  }
  template <typename Item>
  static void read(const text::Place& place, std::vector<Item>& items, const Bounds& bounds) {
    for (const auto& item : place.items(bounds.max_items))
      read(item, items.emplace_back(), bounds);
  }
  static void read(const text::Place& place, std::vector<LatencyRecord::Bin>& bins,
                   const Bounds& /*bounds*/) {
    for (const auto& item : place.items(max_bins)) {
      const auto pair = item.items(2);
      if (pair.size() != 2) throw item.wrong("expected an upper bound and a count");
      const double lower = bins.empty() ? 0 : bins.back().upper;
      bins.push_back({.upper = pair[0].number(lower, text::max_number), .count = pair[1].count()});
      if (bins.back().count == 0) throw pair[1].wrong("expected a count above 0");
    }
  }
  static void read(const text::Place& place, LatencyRecord& latency, const Bounds& /*bounds*/) {
    Reader inner(place);
    visit_latency(inner, latency);
    check_latency(place, latency);
  }

  text::Place place_;
};

}  // namespace

std::string to_json(const RunRecord& run) {
  Writer writer;
  writer.at("schema", run_schema);
  visit_run(writer, run);
  return to_string(std::move(writer).whole()) + '\n';
}

tl::expected<RunRecord, RunFault> parse_run(std::string_view json) {
  const std::string remedy = "expected a file written by 'yodel bench --json'";
  const auto document = text::parse_json(json, limits);
  if (!document) {
    // The error quotes what was read last, which may be long.
    constexpr std::size_t max_quoted = 300;
    return tl::make_unexpected(
        RunFault{.text = text::printable(std::string_view(document.error()).substr(0, max_quoted)),
                 .remedy = remedy});
  }
  if (const auto fault = fault_of_schema(*document)) return tl::make_unexpected(*fault);
  try {
    const text::Place all(*document);
    static_cast<void>(all["schema"].count());
    Reader reader(all);
    RunRecord record;
    visit_run(reader, record);
    check_time_series(all["time_series"], record.time_series);
    return record;
  } catch (const text::Mismatch& mismatch) {
    return tl::make_unexpected(RunFault{.text = mismatch.text, .remedy = remedy});
  }
}

}  // namespace yodel::client
