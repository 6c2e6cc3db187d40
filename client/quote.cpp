#include "client/quote.hpp"

#include <fmt/format.h>

#include "text/utf8.hpp"

namespace yodel::client {
namespace {

// The size of the printable character that `text` begins with; 0: there is none.
std::size_t printable_size(std::string_view text) {
  const std::size_t size = text::character_size(text);
  const auto first = static_cast<unsigned char>(text[0]);
  // U+0080 to U+009F are control characters: terminals take U+009B for the start of a sequence.
  const bool high_control =
      size == 2 && first == 0xc2 && static_cast<unsigned char>(text[1]) < 0xa0;
  return first < ' ' || first == 0x7f || high_control ? 0 : size;
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
