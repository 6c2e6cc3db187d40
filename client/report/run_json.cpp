#include "client/report/run_json.hpp"

#include <fmt/format.h>
#include <functional>
#include <utility>

#include "client/report/run_checks.hpp"
#include "client/report/run_keys.hpp"
#include "text/json.hpp"
#include "text/json_place.hpp"
#include "text/quote.hpp"

namespace yodel::client {
namespace {

// The most bins that LatencyHistogram::bins() returns.
constexpr std::size_t max_bins = 22'018;
// A bin is three values: a list and its two numbers. A run has about 3,000 values more; the rest
// leaves room for keys of later versions.
constexpr text::JsonLimits limits{
    .depth = 16, .values = time_kinds.size() * 3 * max_bins + 10'000, .text = 4096};

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
  template <typename Value>
  void if_present(std::string_view key, const std::optional<Value>& value) {
    if (value) at(key, *value);
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
  static text::Json json(const Members auto& record) {
    Writer inner;
    visit_members(inner, record);
    return std::move(inner.object_);
  }
  // null if nothing was measured.
  template <typename Value>
  static text::Json json(const std::optional<Value>& value) {
    return value ? json(*value) : text::Json();
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
  template <typename Value>
  void if_present(std::string_view key, std::optional<Value>& value) const {
    if (place_.has(key)) at(key, value.emplace());
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
  static void read(const text::Place& place, Members auto& record, const Bounds& /*bounds*/) {
    Reader inner(place);
    visit_members(inner, record);
    check(place, record);
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
