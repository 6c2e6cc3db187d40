#include "client/measure/figures.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace yodel::client {
namespace {

// Returns how many decimals show `digits` significant digits of a number, which may be below 1.
int decimals(double number, int digits) {
  const int before = number > 0 ? static_cast<int>(std::floor(std::log10(number))) + 1 : 1;
  return std::max(0, digits - before);
}

constexpr int digits = 3;

// Returns the bits per second.
Amount bit_rate(std::uint64_t bytes, double seconds) {
  constexpr std::array<std::string_view, 5> units{"bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s"};
  constexpr double bits = 8;
  return amount_in(static_cast<double>(bytes) * bits / seconds, units);
}

}  // namespace

std::string grouped(std::uint64_t count) {
  constexpr std::size_t group = 3;
  std::string text = std::to_string(count);
  for (std::size_t at = text.size(); at > group;)
    text.insert(at -= group, 1, ',');
  return text;
}

std::string grouped(double number) {
  constexpr double whole_from = 100;
  // Larger numbers are shown as powers of ten: a uint64_t cannot hold all of them.
  constexpr double max_grouped = 1e15;
  if (number == 0) return "0";
  if (number >= whole_from && number <= max_grouped)
    return grouped(static_cast<std::uint64_t>(std::llround(number)));
  return number > max_grouped ? fmt::format("{:.3g}", number)
                              : fmt::format("{:.{}f}", number, decimals(number, digits));
}

std::string bytes_text(std::uint64_t bytes) {
  constexpr std::uint64_t kilobyte = 1000;
  if (bytes < kilobyte) return fmt::format("{} B", bytes);
  const auto amount = amount_of(static_cast<double>(bytes));
  return fmt::format("{:.{}f} {}", amount.number, decimals(amount.number, digits), amount.unit);
}

std::string bit_rates_text(std::uint64_t sent, std::uint64_t received, double seconds) {
  if (seconds <= 0) return {};
  const auto more = std::max(sent, received);
  const auto larger = bit_rate(more, seconds);
  // Both have the unit and the decimals of the larger one.
  const auto part = more == 0 ? 0 : larger.number / static_cast<double>(more);
  const int exact = decimals(larger.number, digits);
  return fmt::format("{:.{}f} / {:.{}f} {}", part * static_cast<double>(sent), exact,
                     part * static_cast<double>(received), exact, larger.unit);
}

std::string bit_rate_text(std::uint64_t bytes, double seconds) {
  if (seconds <= 0) return {};
  const auto rate = bit_rate(bytes, seconds);
  return fmt::format("{:.{}f} {}", rate.number, decimals(rate.number, digits), rate.unit);
}

std::string time_text(double milliseconds, int significant) {
  const auto time = amount_of_time(milliseconds);
  // The clock's resolution is a nanosecond.
  constexpr int max_decimals = 3;
  return fmt::format("{:.{}f} {}", time.number,
                     std::min(max_decimals, decimals(time.number, significant)), time.unit);
}

}  // namespace yodel::client
