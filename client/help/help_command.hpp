// `yodel help`: its command line.
#pragma once

#include "client/command_line.hpp"

namespace yodel::client {

// Adds the subcommand to `program`. Where the command line names it, `run` becomes what it does: it
// prints the help of `program`, or of that one of its subcommands that is named, whichever has been
// added by then. `program` and `run` must outlive the parsing, `program` also the run.
void add_help(CLI::App& program, Run& run);

}  // namespace yodel::client
