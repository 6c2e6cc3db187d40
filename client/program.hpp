// The body of main() in each program of the client: it reads the words, runs what they ask for and
// returns the exit status.
#pragma once

#include <span>
#include <string>

#include "client/command_line.hpp"

namespace yodel::client {

// Opens the standard descriptors that are closed, calls `run` with the arguments and returns its
// exit status. Reports an exception as a failure of status 1.
[[nodiscard]] int run_main(int argc, char** argv, int (*run)(Words words));

// A program with commands, for command lines that do not begin with the name of one.
struct Program {
  std::string name;
  std::string summary;
  std::string footer;
  std::span<const Command> commands;
};

// Returns an error that says that `word` is not a command, and suggests the nearest one or lists
// all.
[[nodiscard]] std::string unknown_command(std::span<const Command> commands,
                                          const std::string& word);

// Returns the overview that --help prints.
[[nodiscard]] std::string help_of(const Program& program);
// Reads a command line that does not begin with the name of a command.
[[nodiscard]] Result<Run> read_command_line(const Program& program, Words words);

// Runs what was chosen and returns the exit status. Reports a failure; if it is in the command
// line, with a hint at the help of `title`.
[[nodiscard]] int run_chosen(const Result<Run>& chosen, const std::string& title);

}  // namespace yodel::client
