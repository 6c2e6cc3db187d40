// Sizes as people write them at the prompt: "65536", "64K", "64KiB", "1GiB".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace yodel::text {

// Reads a whole number of bytes, with one of the units K, M, G, or KiB, MiB, GiB, or none: K and
// KiB are 1024 bytes, M and MiB 1024 of these, G and GiB 1024 of those. Returns std::nullopt if
// `text` is no such size, is 0, or is more than 2^63 - 1 bytes.
[[nodiscard]] std::optional<std::uint64_t> parse_size(std::string_view text);

// Returns `size`, at least 1, as parse_size() reads it, with the largest unit that divides it:
// "64KiB", "1GiB", "1000".
[[nodiscard]] std::string print_size(std::uint64_t size);

}  // namespace yodel::text
