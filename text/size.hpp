// Sizes as people write them on the command line: "65536", "64K", "64KiB", "1GiB".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace yodel::text {

// Reads a whole number of bytes, or of KiB, MiB or GiB, also written K, M and G: powers of 1024.
// Returns std::nullopt if `text` is no such size, is 0, or is more than 2^63 - 1 bytes.
[[nodiscard]] std::optional<std::uint64_t> parse_size(std::string_view text);

// Returns `size`, which must be at least 1, in the largest unit that divides it, as parse_size()
// reads it: "64KiB", "1GiB", "1000".
[[nodiscard]] std::string print_size(std::uint64_t size);

}  // namespace yodel::text
