// Times, sizes and counts with their units, as people read them.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace yodel::client {

[[nodiscard]] inline double to_seconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

[[nodiscard]] inline double to_milliseconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

// A number of a unit.
struct Amount {
  double number = 0;
  std::string_view unit;
};

// Converts `number`, of the first of `units`, to the largest unit that leaves at least 1 of it.
// Each unit is 1000 times the previous one.
[[nodiscard]] inline Amount amount_in(double number, std::span<const std::string_view> units) {
  constexpr double step = 1000;
  std::size_t unit = 0;
  while (number >= step && unit + 1 < units.size()) {
    number /= step;
    ++unit;
  }
  return {.number = number, .unit = units[unit]};
}

// Returns a number of bytes in B, kB, MB, GB or TB, in steps of 1000.
[[nodiscard]] inline Amount amount_of(double bytes) {
  constexpr std::array<std::string_view, 5> units{"B", "kB", "MB", "GB", "TB"};
  return amount_in(bytes, units);
}

// Returns a time in µs, ms or s.
[[nodiscard]] inline Amount amount_of_time(double milliseconds) {
  constexpr std::array<std::string_view, 3> units{"µs", "ms", "s"};
  constexpr double microseconds = 1000;
  return amount_in(milliseconds * microseconds, units);
}

// Returns "23,815": a comma before every three digits.
[[nodiscard]] std::string grouped(std::uint64_t count);
// Returns "23,815", but three significant digits below 100: "12.3", "1.50". `number` is not
// negative.
[[nodiscard]] std::string grouped(double number);
// Returns "404 B", "405 kB", "1.50 MB".
[[nodiscard]] std::string bytes_text(std::uint64_t bytes);
// Returns the rates of two numbers of bytes over `seconds`, in one unit: "3.24 / 4.76 Mbit/s".
// Empty if `seconds` is 0.
[[nodiscard]] std::string bit_rates_text(std::uint64_t sent, std::uint64_t received,
                                         double seconds);
// Returns the rate of one number of bytes: "3.24 Mbit/s".
[[nodiscard]] std::string bit_rate_text(std::uint64_t bytes, double seconds);
// Returns a time in the unit that suits it, with `significant` digits, but nothing below a
// nanosecond: "58.61 µs", "1.230 ms".
[[nodiscard]] std::string time_text(double milliseconds, int significant = 4);

}  // namespace yodel::client
