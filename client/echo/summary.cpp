#include "client/echo/summary.hpp"

#include <fmt/format.h>

#include "client/measure/figures.hpp"
#include "text/json.hpp"

namespace yodel::client::echo {
namespace {

constexpr double thousand = 1000;
// A rate below this has one decimal, and others none.
constexpr double small_rate = 10;
// In seconds: a shorter time is given in milliseconds.
constexpr double short_time = 0.1;

std::string size_text(std::uint64_t bytes) {
  if (bytes == 1) return "1 byte";
  const auto amount = amount_of(static_cast<double>(bytes));
  if (amount.unit == "B") return fmt::format("{} bytes", bytes);
  return fmt::format("{:.1f} {}", amount.number, amount.unit);
}

std::string time_text(double seconds) {
  if (seconds < short_time) return fmt::format("{:.1f} ms", seconds * thousand);
  return fmt::format("{:.1f} s", seconds);
}

double rate(const EchoSummary& summary) {
  const double seconds = summary.time.count();
  return seconds > 0 ? static_cast<double>(summary.bytes) / seconds : 0;
}

}  // namespace

std::string to_string(const EchoSummary& summary) {
  auto text = fmt::format("{} in {}", size_text(summary.bytes), time_text(summary.time.count()));
  if (summary.bytes == 0) return text;
  const auto each_second = amount_of(rate(summary));
  const bool small = each_second.number < small_rate;
  return fmt::format("{}, {:.{}f} {}/s", text, each_second.number, small ? 1 : 0, each_second.unit);
}

std::string to_json(const EchoSummary& summary) {
  return to_string(text::Json::Object{{"bytes", summary.bytes},
                                      {"bytes_per_second", rate(summary)},
                                      {"seconds", summary.time.count()}});
}

}  // namespace yodel::client::echo
