#include "client/measure/figures.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace yodel::client {
namespace {

// How many decimals leave `digits` significant ones, of a number that may begin behind the point.
int decimals(double number, int digits) {
  const int before = number > 0 ? static_cast<int>(std::floor(std::log10(number))) + 1 : 1;
  return std::max(0, digits - before);
}

constexpr int digits = 3;

// A number of bits in a second.
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
  // Above it no double has a fraction, and a uint64_t no room.
  constexpr double most = 1e15;
  if (number == 0) return "0";
  if (number >= whole_from && number <= most)
    return grouped(static_cast<std::uint64_t>(std::llround(number)));
  return number > most ? fmt::format("{:.3g}", number)
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
  const auto most = std::max(sent, received);
  const auto larger = bit_rate(most, seconds);
  // In the unit of the larger one, as exact as that.
  const auto part = most == 0 ? 0 : larger.number / static_cast<double>(most);
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
  // A nanosecond is the least that is measured.
  constexpr int most = 3;
  return fmt::format("{:.{}f} {}", time.number, std::min(most, decimals(time.number, significant)),
                     time.unit);
}

}  // namespace yodel::client
