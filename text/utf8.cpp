#include "text/utf8.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

namespace yodel::text {
namespace {

// The lowest code point for each size of a character: rules out overlong forms, and NUL.
constexpr std::array<std::uint32_t, 5> min_codes = {0, 1, 0x80, 0x800, 0x10000};

// Returns whether `text`, of at least three bytes, begins with one of U+202A to U+202E or U+2066 to
// U+2069, which change the direction of the text behind them.
bool is_direction(std::string_view text) noexcept {
  const auto third = static_cast<unsigned char>(text[2]);
  return (text.starts_with("\xe2\x80") && third >= 0xaa && third <= 0xae) ||
         (text.starts_with("\xe2\x81") && third >= 0xa6 && third <= 0xa9);
}

}  // namespace

std::uint32_t code_point(std::string_view character) noexcept {
  const auto lead = static_cast<std::uint8_t>(character[0]);
  std::uint32_t code = lead & (0x7fU >> static_cast<unsigned>(std::countl_one(lead)));
  for (const char c : character.substr(1))
    code = code << 6U | (static_cast<std::uint8_t>(c) & 0x3fU);
  return code;
}

std::size_t character_size(std::string_view text) noexcept {
  const auto lead = static_cast<std::uint8_t>(text[0]);
  const auto ones = static_cast<std::size_t>(std::countl_one(lead));
  const std::size_t size = std::max<std::size_t>(ones, 1);
  if (ones == 1 || size > 4 || size > text.size()) return 0;
  const auto rest = text.substr(1, size - 1);
  if (!std::all_of(rest.begin(), rest.end(), is_continuation)) return 0;
  const auto code = code_point(text.substr(0, size));
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  return code < min_codes[size] || code > 0x10ffff || surrogate ? 0 : size;
}

std::size_t printable_size(std::string_view text) noexcept {
  const std::size_t size = character_size(text);
  const auto first = static_cast<unsigned char>(text[0]);
  const bool high_control =
      size == 2 && first == 0xc2 && static_cast<unsigned char>(text[1]) < 0xa0;
  const bool moves = size == 3 && is_direction(text);
  return first < ' ' || first == 0x7f || high_control || moves ? 0 : size;
}

}  // namespace yodel::text
