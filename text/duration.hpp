// Durations as people write them, in the file and at the prompt: "1m30s", "2.5s", "500us".
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace yodel::text {

constexpr std::chrono::hours max_duration{365 * 24};
constexpr std::string_view expected_duration =
    R"(a duration such as "500ms", "10s", "2.5h" or "1m30s", at most "365d")";

// Reads one or more numbers, each with its unit, us ms s m h d, the larger unit first and none
// twice. A number may have decimals, "2.5s" or ".2s". "0" needs no unit. nullopt: it is none, is
// longer than max_duration, or has a part below a nanosecond.
[[nodiscard]] std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text);

// The same, and a number without a unit is one of seconds.
[[nodiscard]] std::optional<std::chrono::nanoseconds> parse_seconds(std::string_view text);

// Returns a text that parse_duration reads back the same, each unit as often as it goes into the
// rest: "0s", "1m30s", "2.5s", "500ms". `duration` is not negative.
[[nodiscard]] std::string print_duration(std::chrono::nanoseconds duration);

// Returns a text for people, rounded to a tenth of the unit that suits it, to a whole number from
// 100 on: "104 µs", "2.1 ms", "10.8 s", "5 min", "1.5 h", "2 d". `duration` is not negative.
[[nodiscard]] std::string rounded_duration(std::chrono::nanoseconds duration);

}  // namespace yodel::text
