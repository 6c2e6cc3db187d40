// The daemon's life, from its start to its exit status.
#pragma once

#include "config/source.hpp"
#include "manager/systemd/exit_status.hpp"
#include "posix/process_title.hpp"

namespace yodel::manager {

// Reads the file and runs a Manager in this process, whose title is `title`. If the service was
// started too often recently, waits first. If standard error leads to the journal, logs there why
// the daemon cannot start; otherwise prints the errors of the file to standard error, and throws
// StartError or std::system_error for any other cause.
[[nodiscard]] ExitStatus serve(const config::Source& source, posix::ProcessTitle title);

}  // namespace yodel::manager
