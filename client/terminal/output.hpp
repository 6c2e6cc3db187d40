// What the client writes, checked.
#pragma once

#include <string_view>

#include "client/failure.hpp"

namespace yodel::client {

// Writes the whole of `text` to standard output, write(2), unbuffered. A reader that has gone ends
// the process by SIGPIPE, as is the habit, unless the signal is ignored; every other error is the
// Failure.
[[nodiscard]] Result<void> print(std::string_view text);

// Writes the whole of `text` to `fd`, write(2); the Failure calls that `name`.
[[nodiscard]] Result<void> write_whole(int fd, std::string_view name, std::string_view text);

// Writes `text` to standard error: what a user may like to know, but no failure. That it cannot be
// written is none either.
void print_note(std::string_view text) noexcept;

}  // namespace yodel::client
