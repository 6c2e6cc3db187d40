// The machine that a run is made on, and its command line.
#pragma once

#include <string>
#include <string_view>

#include "client/report/run_record.hpp"

namespace yodel::client::bench {

// Returns this machine, from uname(2), /proc/cpuinfo and sched_getaffinity(2).
[[nodiscard]] ClientMachine this_machine();

// Returns the command line of this process, /proc/self/cmdline, in the form of shell_line().
[[nodiscard]] std::string command_line();

// Returns `arguments`, each ended by a NUL, the first a program, as a shell reads them: the program
// without its folder, special characters in single quotes, control characters escaped. Cuts the
// line at max_command_line bytes and appends "…".
[[nodiscard]] std::string shell_line(std::string_view arguments);
constexpr std::size_t max_command_line = 1000;

}  // namespace yodel::client::bench
