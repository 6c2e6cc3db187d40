#include "client/report/run_record.hpp"

#include <fmt/format.h>
#include <utility>

#include "text/json.hpp"
#include "text/quote.hpp"

namespace yodel::client {
namespace {

// What is more was not measured, and would be more than a chart can show.
constexpr std::uint64_t most = 1'000'000'000'000'000;

// What stands at a place is not what is expected there.
struct Mismatch {
  std::string text;
};

// A value and where in the document it stands.
class Place {
 public:
  Place(const text::Json& value, std::string path) : value_(value), path_(std::move(path)) {}

  [[nodiscard]] Place operator[](const std::string& key) const {
    if (value_.get<text::Json::Object>() == nullptr) throw mismatch("an object");
    const auto* const member = value_.find(key);
    const std::string path = path_.empty() ? key : path_ + "." + key;
    if (member == nullptr) throw Mismatch{path + ": is missing"};
    return {*member, path};
  }
  [[nodiscard]] bool is_null() const { return value_.is_null(); }
  [[nodiscard]] bool flag() const { return *expect<bool>("true or false"); }
  [[nodiscard]] std::uint64_t count() const {
    const auto* const number = value_.get<std::uint64_t>();
    if (number == nullptr || *number > most) {
      throw mismatch(fmt::format("a whole number from 0 to {}", most));
    }
    return *number;
  }
  [[nodiscard]] double number(double least = 0, double greatest = most) const {
    const auto number = value_.number();
    if (number && *number >= least && *number <= greatest) return *number;
    throw mismatch(fmt::format("a number from {:g} to {:g}", least, greatest));
  }
  [[nodiscard]] std::string text() const { return *expect<std::string>("a text"); }
  [[nodiscard]] std::vector<Place> items() const {
    const auto& array = *expect<text::Json::Array>("a list");
    std::vector<Place> all;
    all.reserve(array.size());
    for (std::size_t i = 0; i < array.size(); ++i)
      all.emplace_back(array[i], fmt::format("{}[{}]", path_, i));
    return all;
  }
  [[nodiscard]] Mismatch wrong(std::string_view what) const {
    return {fmt::format("{}: {}", path_.empty() ? "the whole" : path_, what)};
  }

 private:
  template <typename Type>
  [[nodiscard]] const Type* expect(std::string_view expected) const {
    const auto* const found = value_.get<Type>();
    if (found == nullptr) throw mismatch(expected);
    return found;
  }
  [[nodiscard]] Mismatch mismatch(std::string_view expected) const {
    std::string there;
    if (value_.get<text::Json::Object>() != nullptr) {
      there = "object";
    } else if (value_.get<text::Json::Array>() != nullptr) {
      there = "array";
    } else if (const auto* const text = value_.get<std::string>()) {
      there = text::excerpt(*text);
    } else {
      there = to_string(value_);
    }
    return wrong(fmt::format("expected {}, got {}", expected, there));
  }

  const text::Json& value_;
  std::string path_;
};

std::optional<double> number_if_any(const Place& place) {
  return place.is_null() ? std::nullopt : std::optional(place.number());
}

std::optional<LatencyRecord> latency(const Place& place) {
  if (place.is_null()) return std::nullopt;
  LatencyRecord record;
  record.count = place["count"].count();
  for (std::size_t i = 0; i < record.values.size(); ++i)
    record.values.at(i) = place[LatencyRecord::names.at(i)].number();
  std::uint64_t sum = 0;
  for (const auto& item : place["bins"].items()) {
    const auto pair = item.items();
    if (pair.size() != 2) throw item.wrong("expected an upper bound and a number");
    const double least = record.bins.empty() ? 0 : record.bins.back().upper;
    record.bins.push_back({.upper = pair[0].number(least), .count = pair[1].count()});
    if (record.bins.back().count == 0) throw pair[1].wrong("expected a number above 0");
    sum += record.bins.back().count;
    if (sum > record.count) break;
  }
  if (record.count == 0 || sum != record.count) {
    throw place["bins"].wrong(fmt::format("expected {} values in all, as 'count' says, got {}{}",
                                          record.count, sum, sum > record.count ? " or more" : ""));
  }
  if (record.min() > record.max()) throw place["min"].wrong("is above 'max'");
  return record;
}

CourseRecord course(const Place& place) {
  CourseRecord record;
  record.interval = place["interval_s"].number(1e-3, 1e9);
  for (const auto& item : place["replies"].items())
    record.replies.push_back(item.count());
  for (const auto& item : place["errors"].items())
    record.errors.push_back(item.count());
  for (const auto& item : place["longest_ms"].items())
    record.longest.push_back(item.number());
  if (record.errors.size() != record.replies.size() ||
      record.longest.size() != record.replies.size()) {
    throw place.wrong(fmt::format(
        "expected lists of one length, got {} for 'replies', {} for 'errors', {} for 'longest_ms'",
        record.replies.size(), record.errors.size(), record.longest.size()));
  }
  if (record.replies.size() > Series::most_intervals) {
    throw place.wrong(fmt::format("expected {} intervals at the most, got {}",
                                  Series::most_intervals, record.replies.size()));
  }
  return record;
}

void read_what_was_run(const Place& run, RunRecord& record) {
  record.server = run["server"].text();
  record.description = run["description"].text();
  record.protocol = run["protocol"].text();
  record.connections_at_once = run["connections"].count();
  record.new_connection = run["new_connection"].flag();
  record.hold = run["hold"].flag();
  record.threads = run["threads"].count();
  record.payload = run["payload_bytes"].count();
  record.rate_due = number_if_any(run["rate_per_s"]);
  if (const auto requests = run["requests"]; !requests.is_null()) {
    record.requests = requests.count();
  }
  record.duration = number_if_any(run["duration_s"]);
  record.warm_up = run["warm_up_s"].number();
}

RunRecord read(const Place& all) {
  RunRecord record;
  record.version = all["yodel"].text();
  record.started = all["started"].text();
  read_what_was_run(all["run"], record);
  record.elapsed = all["elapsed_s"].number();
  record.interrupted = all["interrupted"].flag();
  record.replies = all["replies"].count();
  record.replies_per_second = all["replies_per_s"].number();
  record.failed = all["failed"].count();
  const Place errors = all["errors"];
  for (std::size_t i = 0; i < bench_errors; ++i)
    record.errors.at(i) = errors[std::string(to_string(static_cast<BenchError>(i)))].count();
  record.connections = all["connections"].count();
  record.bytes_sent = all["bytes_sent"].count();
  record.bytes_received = all["bytes_received"].count();
  record.queued = all["queued"].count();
  record.unsent = all["unsent"].count();
  for (const auto& limit : all["client_limits"].items())
    record.client_limits.push_back(limit.text());
  record.precision = all["precision"].number(0, 0.1);
  const Place latencies = all["latency_ms"];
  for (std::size_t i = 0; i < RunRecord::kinds.size(); ++i)
    record.latencies.at(i) = latency(latencies[RunRecord::kinds.at(i)]);
  record.course = course(all["course"]);
  return record;
}

}  // namespace

tl::expected<RunRecord, std::string> parse_run(std::string_view json) {
  const auto document = text::parse_json(json);
  if (!document) {
    // It holds what has been read last, which may be long.
    constexpr std::size_t enough = 300;
    return tl::make_unexpected(
        text::printable(std::string_view(document.error()).substr(0, enough)));
  }
  try {
    return read(Place(*document, ""));
  } catch (const Mismatch& mismatch) {
    return tl::make_unexpected(mismatch.text);
  }
}

}  // namespace yodel::client
