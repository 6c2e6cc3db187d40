// A TOML file as lines and offsets: what can be said of a text without parsing it. All of it counts
// on the text being valid TOML up to the place in question.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "config/diagnostic.hpp"

namespace yodel::config {

[[nodiscard]] Location location_of(std::string_view text, std::size_t offset);
// The offset of the character at `where`; of the line's end where the line is shorter.
[[nodiscard]] std::size_t offset_of(std::string_view text, Location where);

// The start of the line that holds `offset`, and its end: where its line break is.
[[nodiscard]] std::size_t line_start(std::string_view text, std::size_t offset);
[[nodiscard]] std::size_t line_end(std::string_view text, std::size_t offset);

// The first character at or after `offset` that is no space and no tab.
[[nodiscard]] std::size_t skip_blanks(std::string_view text, std::size_t offset);

// Where what is still open at the end of `text` begins: a string in three quotes, or else the
// outermost array or inline table.
[[nodiscard]] std::optional<std::size_t> open_at_end(std::string_view text);

// Where a string in single quotes begins that the end of its line cuts off; `line` is that line
// without its line break.
[[nodiscard]] std::optional<std::size_t> cut_string(std::string_view line);

// Where a key of more than `max_parts` parts, as in a.b.c, has the dot that is too many.
constexpr std::size_t max_parts = 16;
[[nodiscard]] std::optional<std::size_t> deep_key(std::string_view text);

}  // namespace yodel::config
