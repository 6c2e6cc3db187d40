// The command line of a command: what it takes, and what comes of it. The library behind it, CLI11,
// is included in command_line.cpp alone, because its header takes seconds to compile.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "client/failure.hpp"
#include "client/help_page.hpp"
#include "client/readers.hpp"

// NOLINTNEXTLINE(readability-identifier-naming): the library's name.
namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace yodel::client {

// The arguments of a program, without its own name.
using Words = std::span<const char* const>;

// What the command line has chosen, checked, and to be run once the whole line is read.
using Run = std::function<Result<void>()>;

// Takes the declarations of a command's options. `names` are as in "-s,--server", `type` is what
// the help calls the value, and `text` the help's description, without newlines. All targets must
// stay where they are until the command line is read. An option that is given again counts as it
// was given last.
class Options {
 public:
  explicit Options(CLI::App& app);

  // An option without a value.
  void flag(const std::string& names, bool& target, const std::string& text);
  void value(const std::string& names, const std::string& type, const std::string& text,
             const Reader& reader);
  // An option that may be given again: every value is read.
  void values(const std::string& names, const std::string& type, const std::string& text,
              const Reader& reader);
  // An argument that is no option. Its value's error stands for itself, without a name before it.
  void argument(const std::string& name, const std::string& text, const Reader& reader);
  void required_argument(const std::string& name, const std::string& text, const Reader& reader);
  // All arguments that are no options. The help calls them `usage`, and "[NAME]..." if that is
  // empty.
  void arguments(const std::string& name, const std::string& text, std::vector<std::string>& target,
                 const std::string& usage = {});
  // Two options that do not go together, by one of the names of each.
  void exclude(const std::string& one, const std::string& other);
  // A check that takes more than one option, for after all are read. The error stands for itself.
  void check(std::function<Checked()> check);

  // Runs the checks, in the order in which they were declared, up to the first error.
  [[nodiscard]] Checked run_checks() const;
  // Returns the help for these options. Its usage begins with `title`.
  [[nodiscard]] HelpPage help_page(const std::string& title) const;

 private:
  CLI::Option& add(const std::string& names, const Reader& reader, const std::string& prefix);
  CLI::Option& add_value(const std::string& names, const std::string& type, const std::string& text,
                         const Reader& reader);
  CLI::Option& add_argument(const std::string& name, const std::string& text, const Reader& reader,
                            const std::string& usage);

  CLI::App& app_;
  std::vector<HelpEntry> options_;
  std::vector<HelpEntry> arguments_;
  std::vector<std::function<Checked()>> checks_;
};

struct Command {
  std::string name;
  std::string summary;
  std::string footer;  // of its help: explanations and examples
  // Declares its options, and returns what it does once they are read.
  std::function<Run(Options&)> declare;
};

// The help of a command, which `title` calls as a person does: "yodel ping".
[[nodiscard]] std::string help_of(const Command& command, const std::string& title);

// Reads the words behind the command's name. Returns what to do, which may be to print the help.
// What is wrong with the words is a Failure with the status `usage`.
[[nodiscard]] Result<Run> read_command_line(const Command& command, const std::string& title,
                                            Words words);

}  // namespace yodel::client
