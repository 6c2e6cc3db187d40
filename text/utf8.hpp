// Text as bytes: UTF-8, RFC 3629.
#pragma once

#include <cstddef>
#include <string_view>

namespace yodel::text {

// Returns whether `c` is one of the bytes that follow the first of a character.
[[nodiscard]] constexpr bool is_continuation(char c) noexcept {
  return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U;
}

// Returns how many bytes the character at the front of `text` takes; 0 if there is none, or a NUL.
[[nodiscard]] std::size_t character_size(std::string_view text) noexcept;

// The same for a character that does nothing to a terminal; 0 also for the control characters, of
// which U+0080 to U+009F are some: terminals take U+009B for the start of a sequence; and for those
// that change the direction of text, with which "txt.exe" reads as "exe.txt".
[[nodiscard]] std::size_t printable_size(std::string_view text) noexcept;

}  // namespace yodel::text
