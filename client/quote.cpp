#include "client/quote.hpp"

#include <array>
#include <cstdint>
#include <fmt/format.h>

namespace yodel::client {
namespace {

constexpr bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

// How many bytes the first byte of a character announces, RFC 3629; 0: it begins none.
std::size_t announced_size(unsigned char first) {
  if (first < 0x80) return 1;
  if (first < 0xc2) return 0;
  if (first < 0xe0) return 2;
  if (first < 0xf0) return 3;
  return first < 0xf5 ? 4 : 0;
}

// The size of the printable character that `text` begins with; 0: there is none.
std::size_t printable_size(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  const std::size_t size = announced_size(first);
  if (size == 0 || size > text.size() || first < ' ' || first == 0x7f) return 0;
  for (std::size_t i = 1; i < size; ++i) {
    if (!is_continuation(text[i])) return 0;
  }
  // U+0080 to U+009F are control characters: terminals take U+009B for the start of a sequence.
  const auto second = size > 1 ? static_cast<unsigned char>(text[1]) : 0;
  if (first == 0xc2 && second < 0xa0) return 0;
  const bool overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
  const bool out_of_range = (first == 0xed && second >= 0xa0) || (first == 0xf4 && second >= 0x90);
  return overlong || out_of_range ? 0 : size;
}

std::string escape(char c) {
  switch (c) {
    case '\n': return "\\n";
    case '\r': return "\\r";
    case '\t': return "\\t";
    case '\\': return "\\\\";
    default: return fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
  }
}

// Appends the first character of `text` to `to`, escaped if need be; gives the bytes it took.
std::size_t append_character(std::string& to, std::string_view text) {
  const std::size_t size = printable_size(text);
  if (size == 0 || text[0] == '\\') {
    to += escape(text[0]);
    return 1;
  }
  to += text.substr(0, size);
  return size;
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string result;
  while (!text.empty())
    text.remove_prefix(append_character(result, text));
  return result;
}

std::string quote(std::string_view text) {
  std::string result = "'";
  for (std::size_t shown = 0; !text.empty();) {
    if (shown >= quoted_length) return result + "…'";
    const std::size_t size = append_character(result, text);
    text.remove_prefix(size);
    shown += size;
  }
  return result + "'";
}

}  // namespace yodel::client
