// Text in quotes and escaped, for files, for messages and for lines of a log.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace yodel::text {

// Returns `text`, which is valid UTF-8, as a basic string of TOML in its quotes. Control characters
// are escaped, so it takes one line and does nothing to a terminal.
[[nodiscard]] std::string quote(std::string_view text);

// Returns quote() of the first max_excerpt bytes of `text`: enough to know it again in a message.
[[nodiscard]] std::string quote_start(std::string_view text);
constexpr std::size_t max_excerpt = 60;

// Adds any `bytes` to `line`, with each byte of a control character (U+0080 to U+009F are some
// too), of one that changes the direction of text, and of what is not UTF-8 as \x1b, so that a line
// stays one line of text and does nothing to a terminal; what is to stand in quotes, with \" and
// \\ as well.
void append_escaped(std::string& line, std::string_view bytes, bool quoted = false);
// Returns `bytes` as that adds them.
[[nodiscard]] std::string escaped(std::string_view bytes);

// Returns any `bytes` as a message shows them: what is no printable UTF-8 is escaped as in C.
[[nodiscard]] std::string printable(std::string_view bytes);
// Returns the first excerpt_size of `bytes` as that has them, in single quotes; what goes beyond
// gives way to "…", never within a character.
[[nodiscard]] std::string excerpt(std::string_view bytes);
constexpr std::size_t excerpt_size = 72;

}  // namespace yodel::text
