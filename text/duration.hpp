// Durations as people write them, in the file, on the command line and in probe requests: "1m30s",
// "2.5s", "500us".
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace yodel::text {

constexpr std::chrono::hours max_duration{365 * 24};
constexpr std::string_view expected_duration =
    R"(a duration such as "500ms", "2.5h" or "1m30s" (at most "365d"))";

// Reads one or more numbers, each with a unit, us, ms, s, m, h or d: larger units first, and each
// at most once. A number may have decimals, "2.5s" or ".2s". "0" needs no unit. Returns
// std::nullopt if `text` is no such duration, is longer than max_duration, or is not a whole number
// of nanoseconds. Does not allocate: sessions call it.
[[nodiscard]] std::optional<std::chrono::nanoseconds> parse_duration(
    std::string_view text) noexcept;

// Does the same, and takes a number without a unit for seconds.
[[nodiscard]] std::optional<std::chrono::nanoseconds> parse_seconds(std::string_view text);

// Returns `duration`, which must not be negative, in the largest units that fit: "0s", "1m30s",
// "2.5s", "500ms". parse_duration() reads it back the same.
[[nodiscard]] std::string print_duration(std::chrono::nanoseconds duration);

// Returns `duration`, which must not be negative, for people to read: in the unit that suits it,
// with at most one decimal, and none from 100 on: "104 µs", "2.1 ms", "10.8 s", "5 min", "1.5 h",
// "2 d".
[[nodiscard]] std::string rounded_duration(std::chrono::nanoseconds duration);

}  // namespace yodel::text
