// Quoting and escaping for files, messages and log lines.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace yodel::text {

// Returns `text`, which must be valid UTF-8, as a basic string of TOML with its quotes. Escapes
// control characters, so the result is one line and safe on a terminal.
[[nodiscard]] std::string quote(std::string_view text);

// Returns quote() of the first max_excerpt bytes of `text`, enough to recognise it in a message.
[[nodiscard]] std::string quote_start(std::string_view text);
constexpr std::size_t max_excerpt = 60;

// Appends `bytes`, which may be anything, to `line`. Writes as \x1b each byte that is not UTF-8 or
// that belongs to a control character (including U+0080 to U+009F) or to one that changes the
// direction of text, so that `line` stays one line and safe on a terminal. If `quoted`, escapes "
// and \ too.
void append_escaped(std::string& line, std::string_view bytes, bool quoted = false);
// Returns `bytes` as append_escaped() appends them.
[[nodiscard]] std::string escaped(std::string_view bytes);

// Returns `bytes`, which may be anything, for a message: escapes all but printable UTF-8 as in C.
[[nodiscard]] std::string printable(std::string_view bytes);
// Returns printable() of the first excerpt_size bytes, in single quotes. A longer text is cut
// between two characters and ends in "…".
[[nodiscard]] std::string excerpt(std::string_view bytes);
constexpr std::size_t excerpt_size = 72;

}  // namespace yodel::text
