#include "client/duration.hpp"

#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <optional>

#include "client/quote.hpp"

namespace yodel::client {
namespace {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

constexpr milliseconds longest = 24h;

std::optional<milliseconds> unit_of(std::string_view suffix) {
  if (suffix.empty() || suffix == "s") return 1s;
  if (suffix == "ms") return 1ms;
  if (suffix == "m") return 1min;
  return std::nullopt;
}

std::optional<milliseconds> read(std::string_view text) {
  // from_chars would take "inf", "nan" and a minus sign.
  if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
  double number = 0;
  const auto* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number, std::chars_format::fixed);
  const auto unit = unit_of({stop, static_cast<std::size_t>(end - stop)});
  if (error != std::errc{} || !unit) return std::nullopt;
  const double count = number * static_cast<double>(unit->count());
  if (count > static_cast<double>(longest.count())) return std::nullopt;
  return milliseconds(std::llround(count));
}

}  // namespace

tl::expected<milliseconds, std::string> parse_duration(std::string_view text) {
  const auto duration = read(text);
  if (duration && *duration > 0ms) return *duration;
  return tl::make_unexpected(fmt::format(
      "{} is not a length of time; expected one above zero and up to a day, such as 500ms, 5s, "
      "2m or a number of seconds",
      quote(text)));
}

std::string to_string(milliseconds duration) {
  if (duration < 1s) return fmt::format("{}ms", duration.count());
  if (duration % 1min == 0ms) return fmt::format("{}m", duration / 1min);
  return fmt::format("{}s", static_cast<double>(duration.count()) / 1000);
}

}  // namespace yodel::client
