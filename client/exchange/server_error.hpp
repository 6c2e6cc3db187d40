// The line that a server sends before it ends a connection: "error: TEXT" and a newline.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace yodel::client {

constexpr std::string_view error_prefix = "error: ";

// Returns what follows error_prefix if `received` begins with it, complete or not.
[[nodiscard]] std::optional<std::string_view> error_in(std::string_view received);
// Returns whether `received` begins with the whole line.
[[nodiscard]] bool is_whole_error(std::string_view received);
// Returns whether more bytes could make `received` begin with the whole line.
[[nodiscard]] bool may_be_error(std::string_view received);

// Returns "the server says: TEXT", of which the end of a long one is cut.
[[nodiscard]] std::string error_text(std::string_view error);

}  // namespace yodel::client
