// Durations as the file has them, "1m30s".
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace yodel::text {

constexpr std::chrono::milliseconds max_duration = std::chrono::hours(365 * 24);
constexpr std::string_view expected_duration =
    R"(a duration such as "500ms", "10s", "5m", "1h" or "1m30s", at most "365d")";

// Reads one or more whole numbers, each with its unit, ms s m h d, the larger unit first and none
// twice; "0" needs no unit. nullopt: it is none, or longer than max_duration.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

// A text that parse_duration reads back the same, each unit as often as it goes into the rest:
// "0s", "1m30s", "500ms". `duration` is not negative.
[[nodiscard]] std::string print_duration(std::chrono::milliseconds duration);

}  // namespace yodel::text
