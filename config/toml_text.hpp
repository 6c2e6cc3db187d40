// A TOML file as lines and offsets: what can be known of a text without parsing it. All functions
// assume that the text is valid TOML up to the place in question.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostic.hpp"

namespace yodel::config {

// Returns `message` as an error at the place of `offset`.
[[nodiscard]] Diagnostic fault_at(std::string_view text, std::size_t offset, std::string message);

// Returns the offset of the character at `where`, or of the line's end if the line is shorter.
// `text` must end in a line break.
[[nodiscard]] std::size_t offset_of(std::string_view text, Location where);

// Returns the offset of the character after the one at `offset`.
[[nodiscard]] std::size_t next_character(std::string_view text, std::size_t offset);

// Returns the one or three quotes that open the string at `offset`.
[[nodiscard]] std::string_view opening_quotes(std::string_view text, std::size_t offset);

// The state of the syntax at the end of a text.
struct Scan {
  std::size_t token = 0;              // where the last key or value begins
  std::size_t key = 0;                // where the key before the last '=' begins
  std::size_t dots = 0;               // the number of dots in the last key or value
  std::vector<std::size_t> arrays;    // where the unterminated arrays begin, the outermost first
  std::optional<std::size_t> string;  // where an unterminated string begins
  // The first dot in the text with which a key has more than max_parts.
  std::optional<std::size_t> deep_key;
};
constexpr std::size_t max_parts = 16;  // a.b has two
// Scans `text`; skips strings and comments.
[[nodiscard]] Scan scan(std::string_view text);

}  // namespace yodel::config
