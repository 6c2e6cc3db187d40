// The daemon's life, from its start to its exit status.
#pragma once

#include "config/source.hpp"
#include "manager/systemd/exit_status.hpp"
#include "posix/process_title.hpp"

namespace yodel::manager {

// Reads the file and runs a Manager, whose process's title is `title`. In a service that was
// started too often of late it waits first. Why it cannot start is said in the journal, where
// standard error leads there; else the errors of the file are said on standard error, and anything
// else is thrown: StartError or std::system_error.
[[nodiscard]] ExitStatus serve(const config::Source& source, posix::ProcessTitle title);

}  // namespace yodel::manager
