#include "client/command_line.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <exception>
#include <fmt/format.h>
#include <optional>
#include <utility>

#include "client/terminal/output.hpp"
#include "posix/descriptor.hpp"
#include "text/credentials.hpp"
#include "text/duration.hpp"
#include "text/quote.hpp"

namespace yodel::client {
namespace {

// No argument that means anything begins with it.
constexpr char mark = '\x01';

// CLI11 2.1 takes an argument such as "[a,b]" for a list of two, and one that begins with '-' for
// an option also behind a "--". So it gets a mark before each of these, and no "--"; plain() takes
// the mark off wherever CLI11 gives a word back. The order is the reverse one that CLI::App::parse
// wants.
std::vector<std::string> marked(Words words) {
  std::vector<std::string> arguments;
  bool only_arguments = false;
  for (std::string word : words) {
    if (word == "--" && !std::exchange(only_arguments, true)) continue;
    if (word.starts_with('[') || (only_arguments && word.starts_with('-'))) word.insert(0, 1, mark);
    arguments.push_back(std::move(word));
  }
  std::reverse(arguments.begin(), arguments.end());
  return arguments;
}

std::string plain(std::string word) {
  if (word.starts_with(mark)) word.erase(0, 1);
  return word;
}

// Returns the beginning of `word` as a message shows it. A word in the wrong place may be a URL,
// whose password nobody else is to see.
std::string excerpt(const std::string& word) {
  const std::size_t option = word.starts_with('-') ? word.find('=') + 1 : 0;
  return text::excerpt(word.substr(0, option) + text::without_credentials(word.substr(option)));
}

// What is wrong with the command line. CLI11 says of a word in the wrong place that something else
// is missing.
Failure usage_failure(const CLI::App& app, const std::string& problem) {
  const auto strays = app.remaining(true);
  if (strays.empty()) return {ExitStatus::usage, problem};
  return {ExitStatus::usage, "unexpected argument " + excerpt(plain(strays[0]))};
}

// Returns what the words ask for besides running the command: its help or version, or an error.
std::optional<Result<Run>> parse(CLI::App& app, Words words) {
  const auto help = [&app] { return Run([text = app.help()] { return print(text); }); };
  try {
    app.parse(marked(words));
    return std::nullopt;
  } catch (const CLI::CallForHelp&) {
    return help();
  } catch (const CLI::CallForVersion& version) {
    return Run([text = std::string(version.what()) + "\n"] { return print(text); });
  } catch (const CLI::ParseError& error) {
    // The values are read before the help is asked for.
    if (app.get_help_ptr()->count() > 0) return help();
    const std::string problem = lower_case_cause(error.what());
    // The readers of values have seen to their own texts.
    const bool is_ours = dynamic_cast<const CLI::ValidationError*>(&error) != nullptr;
    const bool is_shown = is_ours || problem.find('@') == std::string::npos;
    return tl::make_unexpected(
        usage_failure(app, is_shown ? problem : "an option has a value that it does not take"));
  }
}

// "--server: " for "-s,--server".
std::string prefix_of(const std::string& names) {
  return names.substr(names.rfind(',') + 1) + ": ";
}

// An app that knows the names of the commands and nothing more of them.
void add_overview(CLI::App& app, const Program& program) {
  app.require_subcommand(1);
  app.set_version_flag("--version", program.name + " " YODEL_VERSION, "Print the version and exit");
  app.footer(program.footer);
  for (const auto& command : program.commands)
    app.add_subcommand(command.name, command.summary);
}

// nullopt: the whole of `text` is no number of that type.
template <typename Number>
std::optional<Number> number_of(const std::string& text) {
  Number number = 0;
  const auto* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  return error == std::errc{} && stop == end ? std::optional(number) : std::nullopt;
}

}  // namespace

tl::expected<std::uint64_t, std::string> read_whole_number(const std::string& text,
                                                           std::uint64_t greatest) {
  const auto number = number_of<std::uint64_t>(text);
  if (number && *number > 0 && *number <= greatest) return *number;
  return tl::make_unexpected(
      fmt::format("{} is not a whole number from 1 to {}", excerpt(text), greatest));
}

tl::expected<double, std::string> read_number(const std::string& text, double least,
                                              double greatest) {
  const auto number = number_of<double>(text);
  if (number && *number >= least && *number <= greatest) return *number;
  return tl::make_unexpected(
      fmt::format("{} is not a number from {} to {}", excerpt(text), least, greatest));
}

tl::expected<std::chrono::nanoseconds, std::string> read_duration(const std::string& text) {
  const auto duration = text::parse_seconds(text);
  if (duration && duration->count() > 0) return *duration;
  return tl::make_unexpected(fmt::format(
      "{} is not a length of time; expected one above zero and up to 365d, such as 500ms, 2.5s, "
      "1m30s or a number of seconds",
      excerpt(text)));
}

int run_main(int argc, char** argv, int (*run)(Words words)) {
  try {
    posix::occupy_standard_descriptors();
    return run(Words(argv, static_cast<std::size_t>(argc)).subspan(argc > 0 ? 1 : 0));
  } catch (const std::exception& error) {
    return report({ExitStatus::wrong_answer, error.what()});
  }
}

void Options::flag(const std::string& names, bool& target, const std::string& text) {
  app_.add_flag(names, target, text);
}

CLI::Option& Options::add(const std::string& names, const std::string& text, Reader reader,
                          const std::string& prefix) {
  const auto read_all = [reader = std::move(reader), prefix](const CLI::results_t& values) {
    for (const auto& value : values) {
      if (const auto read = reader(plain(value)); !read) {
        throw CLI::ValidationError(prefix + read.error());
      }
    }
    return true;
  };
  return *app_.add_option(names, read_all, text)->type_name("");
}

void Options::value(const std::string& names, const std::string& type, const std::string& text,
                    Reader reader) {
  add(names, text, std::move(reader), prefix_of(names))
      .type_name(type)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

void Options::values(const std::string& names, const std::string& type, const std::string& text,
                     Reader reader) {
  add(names, text, std::move(reader), prefix_of(names))
      .type_name(type)
      ->expected(1, CLI::detail::expected_max_vector_size)
      ->allow_extra_args(false);
}

void Options::argument(const std::string& name, const std::string& text, Reader reader) {
  add(name, text, std::move(reader), "");
}

void Options::required_argument(const std::string& name, const std::string& text, Reader reader) {
  add(name, text, std::move(reader), "").required();
}

void Options::arguments(const std::string& name, const std::string& text,
                        std::vector<std::string>& target) {
  const auto take = [&target](const std::string& value) -> Checked {
    target.push_back(value);
    return {};
  };
  add(name, text, take, "").expected(0, CLI::detail::expected_max_vector_size)->allow_extra_args();
}

void Options::exclude(const std::string& one, const std::string& other) {
  app_.get_option(one)->excludes(app_.get_option(other));
}

void Options::check(std::function<Checked()> check) {
  checks_.push_back(std::move(check));
}

Checked Options::run_checks() const {
  for (const auto& check : checks_) {
    if (auto passed = check(); !passed) return passed;
  }
  return {};
}

std::string help_of(const Command& command, const std::string& title) {
  CLI::App app(command.summary, title);
  app.footer(command.footer);
  Options options(app);
  (void)command.declare(options);
  return app.help();
}

Result<Run> read_command_line(const Command& command, const std::string& title, Words words) {
  CLI::App app(command.summary, title);
  app.footer(command.footer);
  Options options(app);
  Run run = command.declare(options);
  if (auto other = parse(app, words)) return std::move(*other);
  if (const auto checked = options.run_checks(); !checked) {
    return failure(ExitStatus::usage, checked.error());
  }
  return run;
}

std::string help_of(const Program& program) {
  CLI::App app(program.summary, program.name);
  add_overview(app, program);
  return app.help();
}

Result<Run> read_command_line(const Program& program, Words words) {
  CLI::App app(program.summary, program.name);
  add_overview(app, program);
  const auto other = parse(app, words);
  if (words.empty() || !other) return failure(ExitStatus::usage, "no command given");
  if (*other || words.front()[0] == '-') return *other;
  return failure(ExitStatus::usage, "unknown command " + excerpt(words.front()));
}

int run_chosen(const Result<Run>& chosen, const std::string& title) {
  if (!chosen) {
    return report(chosen.error(), "Try '" + title + " --help' for more information.\n");
  }
  const auto done = (*chosen)();
  return done ? static_cast<int>(ExitStatus::success) : report(done.error());
}

}  // namespace yodel::client
