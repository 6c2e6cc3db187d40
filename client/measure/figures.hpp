// Times, sizes and counts as numbers of a unit, and as people read them.
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

struct Amount {
  double number = 0;
  std::string_view unit;
};

// `number` of the first of `units` in the one of which there is at least one, or in the last. Each
// is a thousand of the one before it.
[[nodiscard]] inline Amount amount_in(double number, std::span<const std::string_view> units) {
  constexpr double step = 1000;
  std::size_t unit = 0;
  while (number >= step && unit + 1 < units.size()) {
    number /= step;
    ++unit;
  }
  return {.number = number, .unit = units[unit]};
}

// A number of bytes: B, or in steps of 1000 kB to TB.
[[nodiscard]] inline Amount amount_of(double bytes) {
  constexpr std::array<std::string_view, 5> units{"B", "kB", "MB", "GB", "TB"};
  return amount_in(bytes, units);
}

// A length of time: µs, ms or s.
[[nodiscard]] inline Amount amount_of_time(double milliseconds) {
  constexpr std::array<std::string_view, 3> units{"µs", "ms", "s"};
  constexpr double microseconds = 1000;
  return amount_in(milliseconds * microseconds, units);
}

// Returns "23,815": a comma before every three digits.
[[nodiscard]] std::string grouped(std::uint64_t count);
// Returns "23,815", with three significant digits below 100: "12.3", "1.50". `number` is at least
// 0.
[[nodiscard]] std::string grouped(double number);
// Returns "404 B", "405 kB", "1.50 MB".
[[nodiscard]] std::string bytes_text(std::uint64_t bytes);
// Returns how fast two numbers of bytes went in `seconds`, in one unit: "3.24 / 4.76 Mbit/s". Empty
// if `seconds` is 0.
[[nodiscard]] std::string bit_rates_text(std::uint64_t sent, std::uint64_t received,
                                         double seconds);
// The same of one number: "3.24 Mbit/s".
[[nodiscard]] std::string bit_rate_text(std::uint64_t bytes, double seconds);
// Returns a time in the unit that suits it, with `significant` digits: "58.61 µs", "1.230 ms".
// Nanoseconds are the last.
[[nodiscard]] std::string time_text(double milliseconds, int significant = 4);

}  // namespace yodel::client
