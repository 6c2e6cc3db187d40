// What the main() of a program of the client does: it reads the words, runs what they have chosen,
// and returns the exit status.
#pragma once

#include <span>
#include <string>

#include "client/command_line.hpp"

namespace yodel::client {

// Opens the standard descriptors that are closed, calls `run` with the arguments and returns the
// exit status that it returns. An exception is reported, and is status 1.
[[nodiscard]] int run_main(int argc, char** argv, int (*run)(Words words));

// A program with commands, to which those words belong that do not begin with the name of a
// command.
struct Program {
  std::string name;
  std::string summary;
  std::string footer;
  std::span<const Command> commands;
};

// Says that `word` is no command, and which one may be meant or which ones there are.
[[nodiscard]] std::string unknown_command(std::span<const Command> commands,
                                          const std::string& word);

// The overview that --help prints.
[[nodiscard]] std::string help_of(const Program& program);
[[nodiscard]] Result<Run> read_command_line(const Program& program, Words words);

// Does what was chosen and returns the exit status. A failure is reported; one of the command line
// with a hint at the help of `title`.
[[nodiscard]] int run_chosen(const Result<Run>& chosen, const std::string& title);

}  // namespace yodel::client
