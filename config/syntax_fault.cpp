#include "config/syntax_fault.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <optional>

#include "config/expectations.hpp"
#include "config/quote.hpp"
#include "config/toml_text.hpp"

namespace yodel::config {
namespace {

constexpr auto npos = std::string_view::npos;

struct Complaint {
  std::string_view scope;
  std::string_view reason;
};

Complaint split(std::string_view description) {
  constexpr std::string_view prefix = "Error while parsing ";
  if (!description.starts_with(prefix)) return {.scope = {}, .reason = description};
  description.remove_prefix(prefix.size());
  const std::size_t colon = description.find(": ");
  if (colon == npos) return {.scope = {}, .reason = description};
  return {.scope = description.substr(0, colon), .reason = description.substr(colon + 2)};
}

bool is_line_break(std::string_view text, std::size_t i) {
  return text.substr(i).starts_with('\n') || text.substr(i).starts_with("\r\n");
}

// What stands at `offset`.
std::string found_at(std::string_view text, std::size_t offset) {
  if (offset >= text.size()) return "the end of the file";
  if (is_line_break(text, offset)) return "the end of the line";
  const auto code = static_cast<unsigned char>(text[offset]);
  if (code < 0x20 || code == 0x7f) return fmt::format("U+{:04X}", code);
  const Location here = location_of(text, offset);
  const std::size_t next = offset_of(text, {.line = here.line, .column = here.column + 1});
  return fmt::format("'{}'", text.substr(offset, next - offset));
}

// Back from `i` over blanks, and over what `of` holds.
std::size_t back_over(std::string_view text, std::size_t i, bool (*of)(char)) {
  while (i > 0 && of(text[i - 1]))
    --i;
  return i;
}
bool is_blank(char c) {
  return c == ' ' || c == '\t';
}
bool in_bare_value(char c) {
  const bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  return !control && std::string_view(" ,[]{}#\"'=").find(c) == npos;
}

// Where the part of a key begins that ends at `end`.
std::size_t part_start(std::string_view text, std::size_t end) {
  const char last = text[end - 1];
  if (last != '"' && last != '\'') return back_over(text, end, is_bare);
  const std::size_t opening = end < 2 ? npos : text.rfind(last, end - 2);
  return opening == npos ? end - 1 : opening;
}

// Where the key begins whose value is at `value`.
std::size_t key_start(std::string_view text, std::size_t value) {
  std::size_t i = back_over(text, value, is_blank);
  if (i > 0) --i;  // '='
  while (true) {
    i = back_over(text, i, is_blank);
    if (i == 0) return 0;
    i = part_start(text, i);
    const std::size_t dot = back_over(text, i, is_blank);
    if (dot == 0 || text[dot - 1] != '.') return i;
    i = dot - 1;
  }
}

// The name that the reason holds between quotes.
std::string_view quoted_name(std::string_view reason) {
  const std::size_t first = reason.find('\'');
  const std::size_t last = reason.rfind('\'');
  return first == npos || last <= first ? std::string_view{}
                                        : reason.substr(first + 1, last - first - 1);
}

SyntaxFault explain_table(std::string_view text, std::size_t offset, std::string_view reason) {
  const std::size_t header = skip_blanks(text, line_start(text, offset));
  const auto name = quoted_name(reason);
  if (reason.starts_with("cannot insert")) {
    return {header,
            fmt::format("[{}] adds to an inline table; expected its keys in one place", name)};
  }
  const bool array = reason.ends_with("as array-of-tables");
  const std::string shown = array ? fmt::format("[[{}]]", name) : fmt::format("[{}]", name);
  if (!array && !reason.ends_with("as table")) {
    return {header, fmt::format("duplicate table {}; expected each table once", shown)};
  }
  return {header, fmt::format("{} names what is set already, in another form; expected one form "
                              "for each name",
                              shown)};
}

// A key or a table that was there before.
SyntaxFault explain_duplicate(std::string_view text, std::size_t offset, Complaint complaint) {
  if (complaint.scope == "table header") return explain_table(text, offset, complaint.reason);
  // toml++ has read on to the value, unless it stopped at a part of a dotted key.
  const bool dotted = complaint.reason.find("as dotted") != npos;
  const std::size_t start = dotted ? offset : key_start(text, offset);
  const std::size_t end = std::min(text.find_first_of("=.\n", start), text.size());
  const auto key = dotted ? text.substr(start, end - start) : quoted_name(complaint.reason);
  return {start, fmt::format("duplicate key '{}'; expected each key once in a table",
                             key.substr(0, key.find_last_not_of(" \t") + 1))};
}

// A string that the end of its line, or an array or a string that the end of the file cuts off.
std::optional<SyntaxFault> explain_unclosed(std::string_view text, std::size_t offset,
                                            Complaint complaint) {
  const bool at_end = complaint.reason == "encountered end-of-file";
  if (!at_end && !is_line_break(text, offset)) return std::nullopt;
  const auto open = at_end ? open_at_end(text) : std::nullopt;
  if (open && (text[*open] == '"' || text[*open] == '\'')) {
    return SyntaxFault{*open,
                       fmt::format("the string is not closed; expected {}", text.substr(*open, 3))};
  }
  const std::size_t start = line_start(text, offset);
  const bool string = complaint.scope == "string" || complaint.scope == "literal string";
  if (const auto cut =
          string ? cut_string(text.substr(start, line_end(text, start) - start)) : std::nullopt) {
    return SyntaxFault{
        start + *cut,
        fmt::format("the string is not closed; expected {} on its line", text[start + *cut])};
  }
  if (open && text[*open] == '[') {
    return SyntaxFault{*open, "the array is not closed; expected ']'"};
  }
  return std::nullopt;
}

// What is read that is neither string, array nor table.
bool is_scalar(std::string_view scope) {
  if (scope == "key-value pair") return false;
  constexpr std::array<std::string_view, 6> words = {"value",          "boolean", "integer",
                                                     "floating-point", "date",    "time"};
  return std::any_of(words.begin(), words.end(),
                     [scope](std::string_view word) { return scope.find(word) != npos; });
}

// A word or a number that is none: it is told as a whole.
std::optional<SyntaxFault> explain_bare_value(std::string_view text, std::size_t offset,
                                              Complaint complaint) {
  if (!is_scalar(complaint.scope) || complaint.reason.starts_with("exceeded")) return std::nullopt;
  const std::size_t start = back_over(text, offset, in_bare_value);
  const std::size_t before = back_over(text, start, is_blank);
  if (before == 0 || std::string_view("=,[\n").find(text[before - 1]) == npos) return std::nullopt;
  const std::size_t end = std::min(text.find_first_of(" \t\r\n,]}#", offset), text.size());
  if (end == start) return std::nullopt;
  const auto raw = text.substr(start, end - start);
  const std::string quoted = quote_start(raw);
  const bool plain = quoted.size() == raw.size() + 2;  // nothing was escaped or cut
  const std::string_view value = plain ? raw : quoted;
  const auto expected = find_expected(number_expectations, complaint.reason);
  if (!expected.empty()) return SyntaxFault{start, fmt::format("{}: expected {}", value, expected)};
  return SyntaxFault{
      start, fmt::format("{} is not a value; text stands in quotes, as in {}", value, quoted)};
}

// An escape of a character that is none; toml++ stops only behind it.
std::optional<SyntaxFault> explain_character(std::string_view text, std::size_t offset,
                                             Complaint complaint) {
  const auto expected = find_expected(character_expectations, complaint.reason);
  const std::size_t start = text.rfind('\\', offset);
  if (expected.empty() || start == npos) return std::nullopt;
  return SyntaxFault{
      start, fmt::format("found '{}'; expected {}", text.substr(start, offset - start), expected)};
}

}  // namespace

SyntaxFault explain(std::string_view text, std::size_t offset, std::string_view description) {
  const Complaint complaint = split(description);
  if (complaint.reason.starts_with("cannot")) return explain_duplicate(text, offset, complaint);
  if (auto fault = explain_unclosed(text, offset, complaint)) return *fault;
  if (auto fault = explain_bare_value(text, offset, complaint)) return *fault;
  if (auto fault = explain_character(text, offset, complaint)) return *fault;
  const auto expected = find_expected(syntax_expectations, complaint.reason);
  const auto found = found_at(text, offset);
  if (!expected.empty()) return {offset, fmt::format("found {}; expected {}", found, expected)};
  const auto reason = complaint.reason.substr(0, complaint.reason.find(", saw"));
  return {offset, fmt::format("found {}; {}", found, reason)};
}

}  // namespace yodel::config
