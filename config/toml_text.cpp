#include "config/toml_text.hpp"

#include <algorithm>

namespace yodel::config {
namespace {

constexpr auto npos = std::string_view::npos;

// Of a character in UTF-8.
bool is_start(char c) {
  return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U;
}

bool is_triple(std::string_view text, std::size_t i) {
  return text.size() - i >= 3 && text[i + 1] == text[i] && text[i + 2] == text[i];
}

// Past the string at `i` that is delimited by one quote; npos: its line ends first.
std::size_t past_string(std::string_view text, std::size_t i) {
  const char quote = text[i];
  for (++i; i < text.size() && text[i] != '\n'; ++i) {
    if (text[i] == quote) return i + 1;
    const bool escape = quote == '"' && text[i] == '\\';
    if (escape && i + 1 < text.size() && text[i + 1] != '\n') ++i;
  }
  return npos;
}

// Past the string at `i` that is delimited by three quotes; npos: it is not closed.
std::size_t past_long_string(std::string_view text, std::size_t i) {
  const char quote = text[i];
  i += 3;
  while (i < text.size()) {
    if (quote == '"' && text[i] == '\\') {
      i += 2;
      continue;
    }
    std::size_t quotes = 0;  // up to two of them may stand before the three that close
    while (quotes < 5 && i + quotes < text.size() && text[i + quotes] == quote)
      ++quotes;
    i += std::max<std::size_t>(quotes, 1);
    if (quotes >= 3) return i;
  }
  return npos;
}

bool is_quote(char c) {
  return c == '"' || c == '\'';
}

// Past the comment or the string at `i`, i itself where there is neither. A string in single quotes
// ends with its line; npos: one in three quotes does not end.
std::size_t past_opaque(std::string_view text, std::size_t i) {
  if (text[i] == '#') return line_end(text, i);
  if (!is_quote(text[i])) return i;
  if (is_triple(text, i)) return past_long_string(text, i);
  const std::size_t past = past_string(text, i);
  return past == npos ? line_end(text, i) : past;
}

}  // namespace

Location location_of(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const std::string_view line = before.substr(line_start(text, offset));
  const auto lines = std::count(before.begin(), before.end(), '\n');
  const auto characters = std::count_if(line.begin(), line.end(), is_start);
  return {.line = static_cast<std::uint32_t>(lines + 1),
          .column = static_cast<std::uint32_t>(characters + 1)};
}

std::size_t offset_of(std::string_view text, Location where) {
  std::size_t i = 0;
  for (std::uint32_t line = 1; line < where.line && i < text.size(); ++line) {
    i = std::min(line_end(text, i) + 1, text.size());
  }
  const std::size_t end = line_end(text, i);
  for (std::uint32_t column = 1; column < where.column && i < end; ++column) {
    ++i;
    while (i < text.size() && !is_start(text[i]))
      ++i;
  }
  return i;
}

std::size_t line_start(std::string_view text, std::size_t offset) {
  if (offset == 0) return 0;
  const std::size_t before = text.rfind('\n', offset - 1);
  return before == npos ? 0 : before + 1;
}

std::size_t line_end(std::string_view text, std::size_t offset) {
  return std::min(text.find('\n', offset), text.size());
}

std::size_t skip_blanks(std::string_view text, std::size_t offset) {
  return std::min(text.find_first_not_of(" \t", offset), text.size());
}

std::optional<std::size_t> open_at_end(std::string_view text) {
  std::size_t depth = 0;
  std::size_t outermost = 0;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t past = past_opaque(text, i);
    if (past == npos) return i;
    if (past != i) {
      i = past;
      continue;
    }
    const char c = text[i];
    if (c == '[' || c == '{') {
      if (depth++ == 0) outermost = i;
    } else if ((c == ']' || c == '}') && depth > 0) {
      --depth;
    }
    ++i;
  }
  return depth > 0 ? std::optional(outermost) : std::nullopt;
}

std::optional<std::size_t> cut_string(std::string_view line) {
  for (std::size_t i = 0; i < line.size();) {
    const bool single = is_quote(line[i]) && !is_triple(line, i);
    if (single && past_string(line, i) == npos) return i;
    const std::size_t past = past_opaque(line, i);
    if (past == npos) return std::nullopt;
    i = std::max(past, i + 1);
  }
  return std::nullopt;
}

std::optional<std::size_t> deep_key(std::string_view text) {
  std::size_t parts = 1;
  char last = '\n';  // the last character that is no blank
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    const std::size_t past = past_opaque(text, i);
    if (past == npos) return std::nullopt;
    if (c == '\n' || c == '=' || c == ',' || c == '{' || c == '[') parts = 1;
    // Dots in a row are no key.
    if (c == '.' && last != '.' && ++parts > max_parts) return i;
    if (c != ' ' && c != '\t') last = c;
    i = std::max(past, i + 1);
  }
  return std::nullopt;
}

}  // namespace yodel::config
