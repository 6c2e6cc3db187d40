// Commands that are programs of their own.
#pragma once

#include <span>
#include <string>

#include "client/failure.hpp"

namespace yodel::client {

// Puts the program yodel-COMMAND in the place of this one, execve(2), with `words` as its
// arguments. It is looked for beside this program and in libexec, posix::sibling_program_paths().
// Returns only when that fails; the failure names the package that it comes in.
[[nodiscard]] Result<void> run_command_program(const std::string& command,
                                               std::span<const char* const> words);

}  // namespace yodel::client
