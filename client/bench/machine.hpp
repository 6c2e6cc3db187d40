// The machine of a run, and its command line.
#pragma once

#include <string>
#include <string_view>

#include "client/report/run_record.hpp"

namespace yodel::client::bench {

// This machine: uname(2), /proc/cpuinfo, sched_getaffinity(2).
[[nodiscard]] ClientMachine this_machine();

// The command line of this process, /proc/self/cmdline, as shell_line() has it.
[[nodiscard]] std::string command_line();

// `arguments`, each ended by a NUL, the first a program, as a shell reads them: the program without
// its folder, what is special to a shell in single quotes. What goes beyond max_command_line bytes
// gives way to "…", and what no terminal may be shown is escaped.
[[nodiscard]] std::string shell_line(std::string_view arguments);
constexpr std::size_t max_command_line = 1000;

}  // namespace yodel::client::bench
