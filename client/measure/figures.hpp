// Times and sizes as numbers of a unit.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <span>
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

// So many bytes: B, or in steps of 1000 kB to TB.
[[nodiscard]] inline Amount amount_of(double bytes) {
  constexpr std::array<std::string_view, 5> units{"B", "kB", "MB", "GB", "TB"};
  return amount_in(bytes, units);
}

}  // namespace yodel::client
