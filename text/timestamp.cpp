#include "text/timestamp.hpp"

#include <array>
#include <cerrno>
#include <cstdint>
#include <fmt/format.h>
#include <system_error>

namespace yodel::text {
namespace {

using std::chrono::system_clock;

struct Parts {
  std::time_t seconds = 0;
  std::int64_t microseconds = 0;
};

Parts parts_of(system_clock::time_point time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const auto rest = std::chrono::floor<std::chrono::microseconds>(time - seconds);
  return {.seconds = system_clock::to_time_t(seconds), .microseconds = rest.count()};
}

}  // namespace

std::string utc_timestamp(std::time_t time) {
  std::tm parts{};
  if (::gmtime_r(&time, &parts) == nullptr) {
    throw std::system_error(errno, std::generic_category(), "gmtime_r");
  }
  std::array<char, 64> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%FT%T", &parts)};
}

std::string utc_timestamp(system_clock::time_point time) {
  const auto parts = parts_of(time);
  return fmt::format("{}.{:06}Z", utc_timestamp(parts.seconds), parts.microseconds);
}

std::string epoch_timestamp(system_clock::time_point time) {
  const auto parts = parts_of(time);
  return fmt::format("{}.{:06}", parts.seconds, parts.microseconds);
}

}  // namespace yodel::text
