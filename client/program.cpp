#include "client/program.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <fmt/format.h>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "client/terminal/output.hpp"
#include "posix/descriptor.hpp"
#include "text/counted.hpp"
#include "text/nearest.hpp"

namespace yodel::client {
namespace {

std::vector<std::string_view> names_of(std::span<const Command> commands) {
  std::vector<std::string_view> names;
  names.reserve(commands.size());
  for (const auto& command : commands)
    names.emplace_back(command.name);
  return names;
}

std::string did_you_mean(std::string_view word) {
  return fmt::format("; did you mean '{}'?", word);
}

// Returns the remedy if a command comes after words that belong after it.
std::optional<std::string> wrong_order(const Program& program, Words words) {
  const auto names = names_of(program.commands);
  const auto command = std::find_first_of(words.begin(), words.end(), names.begin(), names.end());
  if (command == words.end()) return std::nullopt;
  return fmt::format("; the command comes first: {} {} ...", program.name, *command);
}

// Returns what is wrong with `words`, which begin neither with a command nor with an option of the
// program.
std::string usage_problem(const Program& program, Words words) {
  if (words.empty()) return "no command given";
  const std::string word = words.front();
  const auto order = wrong_order(program, words.subspan(1));
  if (!word.starts_with('-')) {
    const bool may_be_meant = text::nearest(word, names_of(program.commands)).has_value();
    if (may_be_meant || !order) return unknown_command(program.commands, word);
    return "unknown command " + excerpt_of(word) + *order;
  }
  const std::string problem = "unexpected argument " + excerpt_of(word);
  if (order) return problem + *order;
  constexpr std::array<std::string_view, 2> options{"--help", "--version"};
  const auto meant = word.starts_with("--") ? text::nearest(word, options) : std::nullopt;
  return meant ? problem + did_you_mean(options.at(*meant)) : problem;
}

}  // namespace

int run_main(int argc, char** argv, int (*run)(Words words)) {
  try {
    posix::occupy_standard_descriptors();
    return run(Words(argv, static_cast<std::size_t>(argc)).subspan(argc > 0 ? 1 : 0));
  } catch (const std::exception& error) {
    return report({ExitStatus::wrong_answer, error.what()});
  }
}

std::string unknown_command(std::span<const Command> commands, const std::string& word) {
  const auto names = names_of(commands);
  const std::string problem = "unknown command " + excerpt_of(word);
  if (const auto meant = text::nearest(word, names)) return problem + did_you_mean(names[*meant]);
  const std::vector<std::string> all(names.begin(), names.end());
  return problem + "; expected " + text::alternatives(all);
}

std::string help_of(const Program& program) {
  std::vector<HelpEntry> commands;
  for (const auto& command : program.commands)
    commands.push_back({.head = command.name, .text = command.summary});
  return to_string({.summary = program.summary,
                    .usage = program.name + " COMMAND [ARGUMENT]...",
                    .sections = {{.title = "Commands", .entries = std::move(commands)},
                                 {.title = "Options",
                                  .entries = {{"-h, --help", "Print this help and exit"},
                                              {"-V, --version", "Print the version and exit"}}}},
                    .footer = program.footer});
}

Result<Run> read_command_line(const Program& program, Words words) {
  const std::string_view first = words.empty() ? "" : words.front();
  if (first == "-h" || first == "--help") {
    return Run([text = help_of(program)] { return print(text); });
  }
  if (first == "-V" || first == "--version") {
    return Run([text = program.name + " " YODEL_VERSION "\n"] { return print(text); });
  }
  return failure(ExitStatus::usage, usage_problem(program, words));
}

int run_chosen(const Result<Run>& chosen, const std::string& title) {
  if (!chosen) {
    return report(chosen.error(), "Try '" + title + " --help' for more information.\n");
  }
  const auto done = (*chosen)();
  return done ? static_cast<int>(ExitStatus::success) : report(done.error());
}

}  // namespace yodel::client
