// Declares and reads the command line of one command. Only command_line.cpp includes the library
// behind it, CLI11, whose header takes seconds to compile.
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

// The command that the command line asks for. It is called once the whole line has been read and
// checked.
using Run = std::function<Result<void>()>;

// Collects the options that a command declares. `names` are as in "-s,--server", `type` is what the
// help calls the value, and `text` is the help's description, without newlines. All targets must
// stay where they are until the command line has been read. If an option is repeated, its last
// value counts.
class Options {
 public:
  explicit Options(CLI::App& app);

  // Declares an option without a value.
  void flag(const std::string& names, bool& target, const std::string& text);
  // Declares an option with a value.
  void value(const std::string& names, const std::string& type, const std::string& text,
             const Reader& reader);
  // Declares an option that may be repeated: every value is read.
  void values(const std::string& names, const std::string& type, const std::string& text,
              const Reader& reader);
  // Declares a positional argument. An error in its value is reported without a name before it.
  void argument(const std::string& name, const std::string& text, const Reader& reader);
  void required_argument(const std::string& name, const std::string& text, const Reader& reader);
  // Declares that all positional arguments go to `target`. The help shows them as `usage`, or as
  // "[NAME]..." if that is empty.
  void arguments(const std::string& name, const std::string& text, std::vector<std::string>& target,
                 const std::string& usage = {});
  // Declares that two options, each given by one of its names, cannot be combined.
  void exclude(const std::string& one, const std::string& other);
  // Declares a check of several options, to be run after all have been read. Its error is reported
  // as it is.
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
  // Declares the options, and returns what to run once they have been read.
  std::function<Run(Options&)> declare;
};

// Returns the help of `command`. `title` is what users type for it: "yodel ping".
[[nodiscard]] std::string help_of(const Command& command, const std::string& title);

// Reads the words after the command's name. Returns what to run, which may be to print the help.
// Fails with the status `usage` if something is wrong with the words.
[[nodiscard]] Result<Run> read_command_line(const Command& command, const std::string& title,
                                            Words words);

}  // namespace yodel::client
