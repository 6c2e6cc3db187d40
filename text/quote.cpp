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

std::string in_c(char c) {
  switch (c) {
    case '\n': return "\\n";
    case '\r': return "\\r";
    case '\t': return "\\t";
    case '\\': return "\\\\";
    default: return fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
  }
}

// Appends the first character of `bytes` to `text`, escaped if necessary. Returns its size in
// bytes.
std::size_t append_in_c(std::string& text, std::string_view bytes) {
  const std::size_t size = bytes[0] == '\\' ? 0 : printable_size(bytes);
  text += size == 0 ? in_c(bytes[0]) : std::string(bytes.substr(0, size));
  return std::max<std::size_t>(size, 1);
}

}  // namespace

std::string quote(std::string_view text) {
  std::string out = "\"";
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\xc2' && printable_size(text.substr(i)) == 0) {
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
    const std::size_t size = printable_size(bytes);
    const auto text = bytes.substr(0, std::max<std::size_t>(size, 1));
    bytes.remove_prefix(text.size());
    if (size == 0) {
      line += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[0]));
      continue;
    }
    if (quoted && (text == "\"" || text == "\\")) line += '\\';
    line += text;
  }
}

std::string escaped(std::string_view bytes) {
  std::string text;
  append_escaped(text, bytes);
  return text;
}

std::string printable(std::string_view bytes) {
  std::string text;
  while (!bytes.empty())
    bytes.remove_prefix(append_in_c(text, bytes));
  return text;
}

std::string excerpt(std::string_view bytes) {
  std::string text = "'";
  for (std::size_t shown = 0; !bytes.empty();) {
    if (shown >= excerpt_size) return text + "…'";
    const std::size_t size = append_in_c(text, bytes);
    bytes.remove_prefix(size);
    shown += size;
  }
  return text + "'";
}

}  // namespace yodel::text
