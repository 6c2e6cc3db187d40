// Numbers of things, as sentences have them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace yodel::text {

// Returns "1 session", "2 sessions".
[[nodiscard]] std::string counted(std::uint64_t count, std::string_view noun);

}  // namespace yodel::text
