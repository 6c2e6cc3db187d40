#include "config/syntax_fault.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <optional>
#include <string>

#include "config/expectations.hpp"
#include "config/toml_text.hpp"
#include "text/quote.hpp"

namespace yodel::config {
namespace {

constexpr auto npos = std::string_view::npos;

// The place where toml++ stopped, and the reason that it reports.
struct Stop {
  std::string_view text;
  std::size_t offset;
  std::string_view scope;
  std::string_view reason;
  Scan before;
};

bool is_at_line_break(const Stop& stop) {
  const std::string_view rest = stop.text.substr(stop.offset);
  return rest.starts_with('\n') || rest.starts_with("\r\n");
}
bool is_at_end(const Stop& stop) {
  return stop.reason == "encountered end-of-file";
}

// Returns a key, or a table's name in its brackets, without the blanks around its parts. A name in
// quotes is returned unchanged.
std::string without_blanks(std::string_view name) {
  std::string text(name.substr(0, name.find_last_not_of(" \t") + 1));
  const bool quoted = text.find_first_of("\"'") != npos;
  if (!quoted) std::erase_if(text, [](char c) { return c == ' ' || c == '\t'; });
  return text;
}

std::string describe_table(std::string_view header, std::string_view reason) {
  if (reason.starts_with("cannot insert")) {
    return fmt::format("{} extends an inline table; put all keys of a table in one place", header);
  }
  if (reason.ends_with('\'')) {
    return fmt::format("duplicate table {}; put all its keys under one header", header);
  }
  return fmt::format("{} conflicts with an earlier key or table; define each name only once",
                     header);
}

// Explains a table that the file already has.
Diagnostic explain_table(const Stop& stop) {
  const std::string_view text = stop.text;
  const std::size_t start = text.find('[', text.substr(0, stop.offset).rfind('\n') + 1);
  const std::size_t end = text.find_first_not_of(']', text.find(']', start));
  const std::string header = without_blanks(text.substr(start, end - start));
  return fault_at(text, start, describe_table(header, stop.reason));
}

// Explains a key that the table already has. toml++ has read on to the value, unless it stopped at
// a part of a dotted key.
Diagnostic explain_key(const Stop& stop) {
  const bool dotted = stop.reason.ends_with("as dotted key-value pair");
  const std::size_t start = dotted ? stop.offset : stop.before.key;
  const std::size_t end = stop.text.find_first_of(dotted ? ".=" : "=", start);
  const std::string key = without_blanks(stop.text.substr(start, end - start));
  return fault_at(stop.text, start, fmt::format("duplicate key '{}'; keep only one", key));
}

// Explains a string that the end of its line or of the file cuts off.
std::optional<Diagnostic> explain_open_string(const Stop& stop) {
  const auto start = stop.before.string;
  if (!start || !stop.scope.ends_with("string")) return std::nullopt;
  const std::string_view quotes = opening_quotes(stop.text, *start);
  const bool short_one = quotes.size() == 1;
  if (!is_at_end(stop) && !(short_one && is_at_line_break(stop))) return std::nullopt;
  return fault_at(stop.text, *start,
                  fmt::format("unterminated string; expected a closing {}{}", quotes,
                              short_one ? " on the same line" : ""));
}

// Explains an array that the end of the file cuts off.
std::optional<Diagnostic> explain_open_array(const Stop& stop) {
  const auto& arrays = stop.before.arrays;
  if (!is_at_end(stop) || arrays.empty()) return std::nullopt;
  return fault_at(stop.text, arrays.front(), "unterminated array; expected a closing ']'");
}

// Returns whether toml++ was reading a value that is neither a string, an array nor a table.
bool is_scalar(std::string_view scope) {
  constexpr std::array<std::string_view, 6> words = {"value",          "boolean", "integer",
                                                     "floating-point", "date",    "time"};
  return !scope.ends_with("key-value pair") &&
         std::any_of(words.begin(), words.end(),
                     [scope](std::string_view word) { return scope.find(word) != npos; });
}

// Explains a word that is not in quotes, or a malformed number, and quotes it as a whole.
std::optional<Diagnostic> explain_bare_value(const Stop& stop) {
  if (!is_scalar(stop.scope) || stop.reason.starts_with("exceeded")) return std::nullopt;
  const std::size_t start = stop.before.token;
  const std::size_t end = stop.text.find_first_of(" \t\r\n,]}#", stop.offset);
  if (end == start) return std::nullopt;
  const std::string_view raw = stop.text.substr(start, end - start);
  const std::string quoted = text::quote_start(raw);
  const bool plain = quoted.size() == raw.size() + 2;  // nothing was escaped or cut
  const std::string_view value = plain ? raw : quoted;
  const auto expected = find_expected(number_expectations, stop.reason);
  if (!expected.empty()) {
    return fault_at(stop.text, start, fmt::format("expected {}, got {}", expected, value));
  }
  return fault_at(stop.text, start,
                  fmt::format("{} is not a value; a string needs quotes: {}", value, quoted));
}

// Returns the character at which toml++ stopped, for a message.
std::string found(const Stop& stop) {
  if (is_at_line_break(stop)) return "the end of the line";
  const std::size_t next = next_character(stop.text, stop.offset);
  const std::string_view character = stop.text.substr(stop.offset, next - stop.offset);
  const auto code = static_cast<unsigned char>(character[0]);
  if (code < 0x20 || code == 0x7f) return fmt::format("U+{:04X}", code);
  return fmt::format("'{}'", character);
}

// Explains an escape sequence for a character that does not exist; toml++ stops only behind it.
std::optional<Diagnostic> explain_escape(const Stop& stop) {
  const auto expected = find_expected(character_expectations, stop.reason);
  if (expected.empty()) return std::nullopt;
  const std::size_t start = stop.text.rfind('\\', stop.offset);
  const std::string_view escape = stop.text.substr(start, stop.offset - start);
  return fault_at(stop.text, start, fmt::format("expected {}, got '{}'", expected, escape));
}

Diagnostic explain_other(const Stop& stop) {
  const auto expected = find_expected(syntax_expectations, stop.reason);
  const std::string_view reason = stop.reason.substr(0, stop.reason.find(", saw"));
  return fault_at(stop.text, stop.offset,
                  expected.empty() ? fmt::format("unexpected {}: {}", found(stop), reason)
                                   : fmt::format("expected {}, got {}", expected, found(stop)));
}

}  // namespace

Diagnostic explain(std::string_view text, std::size_t offset, std::string_view description) {
  const std::size_t colon = description.find(": ");
  const Stop stop{.text = text,
                  .offset = offset,
                  .scope = description.substr(0, colon),
                  .reason = description.substr(colon + 2),
                  .before = scan(text.substr(0, offset))};
  if (stop.reason.starts_with("cannot")) {
    return stop.scope.ends_with("table header") ? explain_table(stop) : explain_key(stop);
  }
  if (const auto fault = explain_open_string(stop)) return *fault;
  if (const auto fault = explain_open_array(stop)) return *fault;
  if (const auto fault = explain_bare_value(stop)) return *fault;
  if (const auto fault = explain_escape(stop)) return *fault;
  return explain_other(stop);
}

}  // namespace yodel::config
