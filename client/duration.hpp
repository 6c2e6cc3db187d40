// Lengths of time on the command line.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace yodel::client {

// Reads "500ms", "5s", "2m" or a plain number of seconds; fractions too ("2.5"). What it gives is
// above zero and at most a day. The error says what was expected.
[[nodiscard]] tl::expected<std::chrono::milliseconds, std::string> parse_duration(
    std::string_view text);

// As parse_duration reads it, in the unit that suits: "500ms", "2.5s", "2m".
[[nodiscard]] std::string to_string(std::chrono::milliseconds duration);

}  // namespace yodel::client
