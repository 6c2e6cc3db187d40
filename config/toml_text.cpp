#include "config/toml_text.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "text/utf8.hpp"

namespace yodel::config {
namespace {

constexpr auto npos = std::string_view::npos;

// Returns the offset past the string at `i`, or npos if it is unterminated.
std::size_t past_string(std::string_view text, std::size_t i) {
  const std::string_view quotes = opening_quotes(text, i);
  for (i += quotes.size(); i < text.size(); ++i) {
    if (text.substr(i).starts_with(quotes)) {
      // Up to two more quotes may precede the three that close the string.
      return std::min(text.find_first_not_of(quotes[0], i), text.size());
    }
    if (quotes[0] == '"' && text[i] == '\\') ++i;
  }
  return npos;
}

// Returns the offset past the comment or string at `i`, `i` itself if there is neither, or npos if
// the string is unterminated.
std::size_t past_opaque(std::string_view text, std::size_t i) {
  if (text[i] == '#') return std::min(text.find('\n', i), text.size());
  return text[i] == '"' || text[i] == '\'' ? past_string(text, i) : i;
}

// Adds the character at `i`, which is outside strings and comments, to `scan`.
void add(std::string_view text, std::size_t i, Scan& scan) {
  const char c = text[i];
  if (c == '.' && ++scan.dots == max_parts && !scan.deep_key) scan.deep_key = i;
  if (c == '[') scan.arrays.push_back(i);
  if (c == ']' && !scan.arrays.empty()) scan.arrays.pop_back();
  if (c == '=') scan.key = scan.token;
  if (std::string_view("\n=,[{").find(c) == npos) return;
  scan.token = std::min(text.find_first_not_of(" \t", i + 1), text.size());
  scan.dots = 0;
}

}  // namespace

Diagnostic fault_at(std::string_view text, std::size_t offset, std::string message) {
  const std::string_view before = text.substr(0, offset);
  const std::string_view line = before.substr(before.rfind('\n') + 1);
  const auto lines = std::count(before.begin(), before.end(), '\n');
  const auto characters =
      std::count_if(line.begin(), line.end(), std::not_fn(text::is_continuation));
  return {.where = {.line = static_cast<std::uint32_t>(lines + 1),
                    .column = static_cast<std::uint32_t>(characters + 1)},
          .text = std::move(message)};
}

std::size_t offset_of(std::string_view text, Location where) {
  std::size_t i = 0;
  for (; where.line > 1; --where.line)
    i = text.find('\n', i) + 1;
  for (; where.column > 1 && text[i] != '\n'; --where.column)
    i = next_character(text, i);
  return i;
}

std::size_t next_character(std::string_view text, std::size_t offset) {
  do {
    ++offset;
  } while (offset < text.size() && text::is_continuation(text[offset]));
  return offset;
}

std::string_view opening_quotes(std::string_view text, std::size_t offset) {
  const auto three = text.substr(offset, 3);
  return three == R"(""")" || three == "'''" ? three : three.substr(0, 1);
}

Scan scan(std::string_view text) {
  Scan result;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t past = past_opaque(text, i);
    if (past == npos) {
      result.string = i;
      break;
    }
    if (past == i) add(text, i, result);
    i = std::max(past, i + 1);
  }
  return result;
}

}  // namespace yodel::config
