// Counts and lists for use in sentences.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace yodel::text {

// Returns "1 session", "2 sessions".
[[nodiscard]] std::string counted(std::uint64_t count, std::string_view noun);

// Returns "a, b or c".
[[nodiscard]] std::string alternatives(std::span<const std::string> texts);

}  // namespace yodel::text
