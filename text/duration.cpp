#include "text/duration.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace yodel::text {
namespace {

using std::chrono::nanoseconds;

struct Unit {
  std::string_view name;
  std::uint64_t length;  // in nanoseconds
};
constexpr std::uint64_t second = 1'000'000'000;
constexpr std::uint64_t max_time = nanoseconds(max_duration).count();
// From the largest to the smallest. "ms" cannot be mistaken for "m", since a unit extends to the
// next number.
constexpr std::array<Unit, 6> units{{
    {"d", 86'400 * second},
    {"h", 3'600 * second},
    {"m", 60 * second},
    {"s", second},
    {"ms", second / 1'000},
    {"us", second / 1'000'000},
}};
constexpr std::string_view digits = "0123456789";
constexpr std::string_view number_characters = "0123456789.";

// Removes the longest prefix of `text` that consists of `characters`, or of none of them, and
// returns it.
std::string_view take(std::string_view& text, std::string_view characters, bool of_these) noexcept {
  const std::size_t end =
      of_these ? text.find_first_not_of(characters) : text.find_first_of(characters);
  const std::string_view front = text.substr(0, end);
  text.remove_prefix(front.size());
  return front;
}

std::uint64_t value(char digit) noexcept {
  return static_cast<std::uint64_t>(digit - '0');
}

// Returns `number` times `unit` in nanoseconds, or std::nullopt if it is not a number, or has too
// many digits before or after its point.
std::optional<std::uint64_t> length_of(std::string_view number, std::uint64_t unit) noexcept {
  const auto whole = take(number, digits, true);
  const auto decimals = number.substr(number.empty() ? 0 : 1);
  if (whole.empty() && decimals.empty()) return std::nullopt;
  if (decimals.find('.') != std::string_view::npos) return std::nullopt;
  std::uint64_t count = 0;
  for (const char digit : whole) {
    count = count * 10 + value(digit);
    if (count > max_time / unit) return std::nullopt;
  }
  std::uint64_t length = count * unit;
  for (const char digit : decimals) {
    const bool divides = unit != 0 && unit % 10 == 0;
    if (!divides && digit != '0') return std::nullopt;
    unit = divides ? unit / 10 : 0;
    length += value(digit) * unit;
  }
  return length;
}

// Returns `time`, in nanoseconds, in units of `length` nanoseconds: "2.5s".
std::string decimal(std::uint64_t time, std::uint64_t length, std::string_view unit) {
  // `length` is a power of ten and so never 0; adding it keeps the leading zeros of the remainder.
  // NOLINTNEXTLINE(clang-analyzer-core.DivideZero)
  std::string decimals = std::to_string(length + time % length);
  decimals.front() = '.';
  decimals.resize(decimals.find_last_not_of(".0") + 1);
  return std::to_string(time / length).append(decimals).append(unit);
}

}  // namespace

std::optional<nanoseconds> parse_duration(std::string_view text) noexcept {
  if (text == "0") return nanoseconds(0);
  if (text.empty()) return std::nullopt;
  std::uint64_t total = 0;
  const auto* unit = units.begin();  // the largest unit that may still follow
  while (!text.empty()) {
    const auto number = take(text, number_characters, true);
    const auto name = take(text, number_characters, false);
    unit = std::find_if(unit, units.end(), [name](const Unit& each) { return each.name == name; });
    if (unit == units.end()) return std::nullopt;
    const auto length = length_of(number, unit->length);
    if (!length || *length > max_time - total) return std::nullopt;
    total += *length;
    ++unit;
  }
  return nanoseconds(total);
}

std::optional<nanoseconds> parse_seconds(std::string_view text) {
  const bool bare = text.find_first_not_of(number_characters) == std::string_view::npos;
  return bare ? parse_duration(std::string(text) + "s") : parse_duration(text);
}

std::string print_duration(nanoseconds duration) {
  auto rest = static_cast<std::uint64_t>(duration.count());
  if (rest == 0) return "0s";
  std::string text;
  for (const Unit& unit : units) {
    if (unit.length <= second && (rest >= unit.length || (!text.empty() && rest > 0))) {
      return text + decimal(rest, unit.length, unit.name);
    }
    if (rest >= unit.length) text.append(std::to_string(rest / unit.length)).append(unit.name);
    rest %= unit.length;
  }
  return rest > 0 ? text + decimal(rest, units.back().length, units.back().name) : text;
}

std::string rounded_duration(nanoseconds duration) {
  struct Scale {
    std::string_view unit;
    std::uint64_t length;  // in nanoseconds
    std::uint64_t next;    // the number of these in the next larger unit
  };
  constexpr std::array<Scale, 6> scales{{{"µs", second / 1'000'000, 1'000},
                                         {"ms", second / 1'000, 1'000},
                                         {"s", second, 60},
                                         {"min", 60 * second, 60},
                                         {"h", 3'600 * second, 24},
                                         {"d", 86'400 * second, max_time}}};
  const auto time = static_cast<std::uint64_t>(duration.count());
  if (time == 0) return "0 s";
  for (const auto& [unit, length, next] : scales) {
    std::uint64_t tenths = (time + length / 20) / (length / 10);
    if (tenths >= 1'000) tenths = (time + length / 2) / length * 10;
    if (tenths >= 10 * next) continue;  // 999.9 ms rounds to 1 s
    std::string number = std::to_string(tenths / 10);
    if (tenths % 10 != 0) number.append(".").append(std::to_string(tenths % 10));
    return number.append(" ").append(unit);
  }
  return {};
}

}  // namespace yodel::text
