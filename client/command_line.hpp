// The command line of a command: what it takes, and what comes of it. The library behind it, CLI11,
// is included in command_line.cpp alone, because its header takes seconds to compile.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "client/failure.hpp"

// NOLINTNEXTLINE(readability-identifier-naming): the library's name.
namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace yodel::client {

// The arguments of a program, without its own name.
using Words = std::span<const char* const>;

// What the main() of each program does: calls `run`, which returns the exit status, with the
// arguments, the standard descriptors being open. An exception is reported, and is status 1.
[[nodiscard]] int run_main(int argc, char** argv, int (*run)(Words words));

// What the command line has chosen, checked, and to be run once the whole line is read.
using Run = std::function<Result<void>()>;

// Nothing, or what is wrong.
using Checked = tl::expected<void, std::string>;

// Reads the value of an option or argument, as it was typed, into where it belongs. The error says
// what is wrong with it; where it comes from is put before it.
using Reader = std::function<Checked(const std::string& value)>;

// Readers of values, each into its target, which must outlive it and may be a std::optional. First
// what they read: a whole number from 1 to `greatest`, a number from `least` to `greatest`, a
// length of time above zero: text::parse_seconds().
[[nodiscard]] tl::expected<std::uint64_t, std::string> read_whole_number(const std::string& text,
                                                                         std::uint64_t greatest);
[[nodiscard]] tl::expected<double, std::string> read_number(const std::string& text, double least,
                                                            double greatest);
[[nodiscard]] tl::expected<std::chrono::nanoseconds, std::string> read_duration(
    const std::string& text);

template <typename Target>
[[nodiscard]] Reader whole_number(Target& target, std::uint64_t greatest) {
  return [&target, greatest](const std::string& text) {
    return read_whole_number(text, greatest).map([&target](auto number) { target = number; });
  };
}
template <typename Target>
[[nodiscard]] Reader number(Target& target, double least, double greatest) {
  return [&target, least, greatest](const std::string& text) {
    return read_number(text, least, greatest).map([&target](auto number) { target = number; });
  };
}
template <typename Target>
[[nodiscard]] Reader duration(Target& target) {
  return [&target](const std::string& text) {
    return read_duration(text).map([&target](auto time) { target = time; });
  };
}
// The name of a file.
template <typename Target>
[[nodiscard]] Reader file_name(Target& target) {
  return [&target](const std::string& text) -> Checked {
    if (text.empty()) return tl::make_unexpected("the name of a file is empty");
    target = text;
    return {};
  };
}

// Takes the declarations of a command's options. `names` are as in "-s,--server", `type` is what
// the help calls the value, and `text` the help's description. All targets must stay where they are
// until the command line is read. An option that is given again counts as it was given last.
class Options {
 public:
  explicit Options(CLI::App& app) : app_(app) {}

  // An option without a value.
  void flag(const std::string& names, bool& target, const std::string& text);
  void value(const std::string& names, const std::string& type, const std::string& text,
             Reader reader);
  // An option that may be given again: every value is read.
  void values(const std::string& names, const std::string& type, const std::string& text,
              Reader reader);
  // An argument that is no option. Its value's error stands for itself, without a name before it.
  void argument(const std::string& name, const std::string& text, Reader reader);
  void required_argument(const std::string& name, const std::string& text, Reader reader);
  // All arguments that are no options.
  void arguments(const std::string& name, const std::string& text,
                 std::vector<std::string>& target);
  // Two options that do not go together, by one of the names of each.
  void exclude(const std::string& one, const std::string& other);
  // A check that takes more than one option, for after all are read. The error stands for itself.
  void check(std::function<Checked()> check);

  // Runs the checks, in the order in which they were declared, up to the first error.
  [[nodiscard]] Checked run_checks() const;

 private:
  CLI::Option& add(const std::string& names, const std::string& text, Reader reader,
                   const std::string& prefix);

  CLI::App& app_;
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

// A program with commands, to which those words belong that do not begin with the name of a
// command.
struct Program {
  std::string name;
  std::string summary;
  std::string footer;
  std::span<const Command> commands;
};

// The overview that --help prints.
[[nodiscard]] std::string help_of(const Program& program);
[[nodiscard]] Result<Run> read_command_line(const Program& program, Words words);

// Does what was chosen and returns the exit status. A failure is reported; one of the command line
// with a hint at the help of `title`.
[[nodiscard]] int run_chosen(const Result<Run>& chosen, const std::string& title);

}  // namespace yodel::client
