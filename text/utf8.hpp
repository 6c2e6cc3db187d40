// Characters in UTF-8 text, RFC 3629.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace yodel::text {

// Returns whether `c` is a continuation byte: any but the first byte of a character.
[[nodiscard]] constexpr bool is_continuation(char c) noexcept {
  return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U;
}

// Returns the size in bytes of the character at the front of `text`, which must not be empty; 0 if
// it is not valid UTF-8, or is NUL.
[[nodiscard]] std::size_t character_size(std::string_view text) noexcept;

// Returns the code point of `character`, which must be one whole character.
[[nodiscard]] std::uint32_t code_point(std::string_view character) noexcept;

// Returns what character_size() returns, but 0 also for characters that affect a terminal: control
// characters, including U+0080 to U+009F, since U+009B begins an escape sequence; and characters
// that change the direction of text, which make "txt.exe" read as "exe.txt".
[[nodiscard]] std::size_t printable_size(std::string_view text) noexcept;

}  // namespace yodel::text
