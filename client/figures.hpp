// Times and sizes as numbers of a unit.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
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

// So many bytes in the unit of which there is at least one: B, or in steps of 1000 kB to TB.
[[nodiscard]] inline Amount amount_of(double bytes) {
  constexpr double step = 1000;
  constexpr std::array<std::string_view, 5> units{"B", "kB", "MB", "GB", "TB"};
  std::size_t unit = 0;
  while (bytes >= step && unit + 1 < units.size()) {
    bytes /= step;
    ++unit;
  }
  return {.number = bytes, .unit = units.at(unit)};
}

}  // namespace yodel::client
