// The log writer: a child of the manager that writes records to the journal or standard error, and
// may block there.
#pragma once

#include "posix/process_title.hpp"

namespace yodel::log {

// Reads frames from `fd` and sends each to the journal, or as one line to standard error, until the
// manager closes its end. Does not return.
[[noreturn]] void run_writer(int fd, posix::ProcessTitle title) noexcept;

}  // namespace yodel::log
