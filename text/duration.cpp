#include "text/duration.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <fmt/format.h>

namespace yodel::text {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t milliseconds;
};
constexpr std::uint64_t second = 1000;
constexpr std::uint64_t minute = 60 * second;
constexpr std::uint64_t hour = 60 * minute;
constexpr std::uint64_t longest = max_duration.count();
// From the largest to the smallest. "ms" is not mistaken for "m": a unit ends where a digit begins.
constexpr std::array<Unit, 5> units{{
    {"d", 24 * hour},
    {"h", hour},
    {"m", minute},
    {"s", second},
    {"ms", 1},
}};

// Takes a whole number off the front of `text`.
std::optional<std::uint64_t> take_number(std::string_view& text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

// Takes a unit's name off the front of `text`: the letters up to the next digit.
std::string_view take_name(std::string_view& text) {
  const std::size_t size = std::min(text.find_first_of("0123456789"), text.size());
  const std::string_view name = text.substr(0, size);
  text.remove_prefix(size);
  return name;
}

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  if (text == "0") return std::chrono::milliseconds(0);
  if (text.empty()) return std::nullopt;
  std::uint64_t total = 0;
  const auto* unit = units.begin();  // those before it have been, or may come no more
  while (!text.empty()) {
    const auto number = take_number(text);
    if (!number) return std::nullopt;
    const std::string_view name = take_name(text);
    while (unit != units.end() && unit->name != name)
      ++unit;
    if (unit == units.end()) return std::nullopt;
    // By division, for the product might overflow.
    if (*number > (longest - total) / unit->milliseconds) return std::nullopt;
    total += *number * unit->milliseconds;
    ++unit;
  }
  return std::chrono::milliseconds(total);
}

std::string print_duration(std::chrono::milliseconds duration) {
  if (duration.count() == 0) return "0s";
  std::string text;
  auto rest = static_cast<std::uint64_t>(duration.count());
  for (const Unit& unit : units) {
    if (rest >= unit.milliseconds) {
      text += fmt::format("{}{}", rest / unit.milliseconds, unit.name);
      rest %= unit.milliseconds;
    }
  }
  return text;
}

}  // namespace yodel::text
