// Text as TOML writes it, for files and for messages about them.
#pragma once

#include <string>
#include <string_view>

namespace yodel::config {

// A basic string, in its quotes, that TOML reads back as `text`, which is valid UTF-8. Control
// characters are escaped, so it takes one line and does nothing to a terminal.
[[nodiscard]] std::string quote(std::string_view text);

// quote() of what stands at the front of `text`: enough to know it again in a message.
[[nodiscard]] std::string quote_start(std::string_view text);

// Whether a key that needs no quotes may hold `c`.
[[nodiscard]] bool is_bare(char c) noexcept;

// A key as the file has it: bare where it can be, else quoted.
[[nodiscard]] std::string spell_key(std::string_view key);

}  // namespace yodel::config
