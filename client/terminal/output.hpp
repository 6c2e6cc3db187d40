// Writes the client's output, and checks that it was written.
#pragma once

#include <string_view>

#include "client/failure.hpp"

namespace yodel::client {

// Writes the whole of `text` to standard output with write(2), unbuffered. If the reader has gone,
// SIGPIPE ends the process, as in other programs, unless the signal is ignored. Fails on any other
// error.
[[nodiscard]] Result<void> print(std::string_view text);

// Writes the whole of `text` to `fd` with write(2). The failure calls the file `name`.
[[nodiscard]] Result<void> write_whole(int fd, std::string_view name, std::string_view text);

// Writes `text`, something that a user may like to know, to standard error. Ignores errors.
void print_note(std::string_view text) noexcept;

}  // namespace yodel::client
