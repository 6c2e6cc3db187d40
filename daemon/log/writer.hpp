// The log writer: a child of the manager that writes records where they belong, and may block
// there.
#pragma once

#include "posix/process_title.hpp"

namespace yodel::log {

// Reads frames from `fd` and sends each to the journal, or as one line to standard error, until the
// manager ends its side. Never returns.
[[noreturn]] void run_writer(int fd, posix::ProcessTitle title) noexcept;

}  // namespace yodel::log
