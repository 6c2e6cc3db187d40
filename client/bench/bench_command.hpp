// `yodel bench`: its command line.
#pragma once

#include "client/command_line.hpp"

namespace yodel::client {

// Adds the subcommand to `program`. Where the command line names it, `run` becomes what it does.
// `run` must outlive the parsing.
void add_bench(CLI::App& program, Run& run);

}  // namespace yodel::client
