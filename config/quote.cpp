#include "config/quote.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "config/toml_text.hpp"

namespace yodel::config {
namespace {

constexpr std::size_t longest_excerpt = 60;  // bytes

void append_escaped(std::string& out, char c) {
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
      append_escaped(out, text[i]);
    }
  }
  return out + '"';
}

std::string quote_start(std::string_view text) {
  if (text.size() <= longest_excerpt) return quote(text);
  std::size_t size = longest_excerpt;
  while (size > 0 && is_continuation(text[size]))
    --size;
  return quote(text.substr(0, size)) + "...";
}

bool is_bare(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

std::string spell_key(std::string_view key) {
  const bool bare =
      !key.empty() && key.size() <= longest_excerpt && std::all_of(key.begin(), key.end(), is_bare);
  return bare ? std::string(key) : quote_start(key);
}

}  // namespace yodel::config
