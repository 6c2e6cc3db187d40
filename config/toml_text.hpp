// A TOML file as lines and offsets: what can be said of a text without parsing it. All of it counts
// on the text being valid TOML up to the place in question.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostic.hpp"

namespace yodel::config {

// Returns `message` as a fault of the place at `offset`.
[[nodiscard]] Diagnostic fault_at(std::string_view text, std::size_t offset, std::string message);

// Returns the offset of the character at `where`, of the line's end where the line is shorter.
// `text` ends in a line break.
[[nodiscard]] std::size_t offset_of(std::string_view text, Location where);

// Returns the offset of the character after the one at `offset`.
[[nodiscard]] std::size_t next_character(std::string_view text, std::size_t offset);

// Returns the one or three quotes that open the string at `offset`.
[[nodiscard]] std::string_view opening_quotes(std::string_view text, std::size_t offset);

// The state of the syntax at the end of a text.
struct Scan {
  std::size_t token = 0;              // the key or the value that stands last begins here
  std::size_t key = 0;                // and here the key before the last '='
  std::size_t dots = 0;               // in that which stands last
  std::vector<std::size_t> arrays;    // that are not closed, the outermost first
  std::optional<std::size_t> string;  // that is not closed
  // The first dot that gives a key more than max_parts, wherever in the text that is.
  std::optional<std::size_t> deep_key;
};
constexpr std::size_t max_parts = 16;  // a.b has two
// Looks at each character that is in no string and no comment.
[[nodiscard]] Scan scan(std::string_view text);

}  // namespace yodel::config
