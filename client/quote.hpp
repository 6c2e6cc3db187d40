// Bytes that a peer or a user sent, as an error message shows them.
#pragma once

#include <string>
#include <string_view>

namespace yodel::client {

// How many bytes of a text `quote` shows at the most.
constexpr std::size_t quoted_length = 72;

// `text` in quotes, safe for a terminal: what is no printable UTF-8 (RFC 3629) is escaped as in C,
// and what goes beyond quoted_length gives way to "…", never within a character.
[[nodiscard]] std::string quote(std::string_view text);

// As above, whole and without quotes.
[[nodiscard]] std::string escaped(std::string_view text);

}  // namespace yodel::client
