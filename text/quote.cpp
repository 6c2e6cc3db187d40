#include "text/quote.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "text/utf8.hpp"

namespace yodel::text {
namespace {

void append_toml(std::string& out, char c) {
  switch (c) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\b': out += "\\b"; return;
    case '\t': out += "\\t"; return;
    case '\n': out += "\\n"; return;
    case '\f': out += "\\f"; return;
    case '\r': out += "\\r"; return;
    default: break;
  }
  const auto code = static_cast<unsigned char>(c);
  if (code < 0x20 || code == 0x7f) {
    out += fmt::format("\\u{:04X}", code);
  } else {
    out += c;
  }
}

// U+0080 to U+009F are control characters too, some of which a terminal obeys.
bool is_high_control(std::string_view text) {
  return text.size() >= 2 && text[0] == '\xc2' && static_cast<unsigned char>(text[1]) < 0xa0;
}

}  // namespace

std::string quote(std::string_view text) {
  std::string out = "\"";
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_high_control(text.substr(i))) {
      ++i;
      out += fmt::format("\\u{:04X}", static_cast<unsigned char>(text[i]));
    } else {
      append_toml(out, text[i]);
    }
  }
  return out + '"';
}

std::string quote_start(std::string_view text) {
  if (text.size() <= max_excerpt) return quote(text);
  std::size_t size = max_excerpt;
  while (size > 0 && is_continuation(text[size]))
    --size;
  return quote(text.substr(0, size)) + "...";
}

void append_escaped(std::string& line, std::string_view bytes, bool quoted) {
  while (!bytes.empty()) {
    const std::size_t character = character_size(bytes);
    const auto text = bytes.substr(0, std::max<std::size_t>(character, 1));
    bytes.remove_prefix(text.size());
    const auto first = static_cast<unsigned char>(text[0]);
    if (character == 0 || first < 0x20 || first == 0x7f || is_high_control(text)) {
      for (const char c : text)
        line += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      if (quoted && (first == '"' || first == '\\')) line += '\\';
      line += text;
    }
  }
}

std::string escaped(std::string_view bytes) {
  std::string text;
  append_escaped(text, bytes);
  return text;
}

}  // namespace yodel::text
