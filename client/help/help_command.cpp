#include "client/help/help_command.hpp"

#include <fmt/format.h>
#include <memory>
#include <string>

#include "client/output.hpp"
#include "client/quote.hpp"

namespace yodel::client {
namespace {

constexpr const char* footer =
    "Examples:\n"
    "  yodel help         as 'yodel --help'\n"
    "  yodel help talk    as 'yodel talk --help'\n";

std::string help_of(const CLI::App& program, const std::string& name) {
  // CLI::App::help would give that of the subcommand that was called, this one.
  if (name.empty()) {
    return program.get_formatter()->make_help(&program, program.get_name(),
                                              CLI::AppFormatMode::Normal);
  }
  const auto found =
      program.get_subcommands([&name](const CLI::App* each) { return each->get_name() == name; });
  if (found.empty()) throw CLI::ValidationError(fmt::format("unknown command {}", quote(name)));
  return found.front()->help(program.get_name());
}

}  // namespace

void add_help(CLI::App& program, Run& run) {
  const auto name = std::make_shared<std::string>();
  auto* const command = program.add_subcommand("help", "Tell about yodel or one of its commands");
  command->add_option("COMMAND", *name, "What to tell about (default: yodel itself)");
  command->footer(footer);
  command->callback([name, &program, &run] {
    run = [text = help_of(program, plain(*name))] { return print(text); };
  });
}

}  // namespace yodel::client
