#include "client/command_line.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <optional>
#include <utility>

#include "client/terminal/output.hpp"
#include "text/nearest.hpp"

namespace yodel::client {
namespace {

// No meaningful argument begins with this byte.
constexpr char mark = '\x01';

// CLI11 2.1 takes an argument such as "[a,b]" for a list of two, and one that begins with '-' for
// an option even after "--". So this function drops the "--" and puts a mark before each such
// argument; plain() takes the mark off wherever CLI11 returns a word. The order is reversed, as
// CLI::App::parse wants it.
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

// Returns what is missing when an option whose value the help calls `type` has none.
std::string needed(const std::string& type) {
  struct Need {
    std::string_view type;
    std::string_view what;
  };
  static constexpr std::array<Need, 12> needs{
      {{"ADDRESS", "an address of this host"},
       {"ADDRESS|IFACE", "an address of this host or an interface name"},
       {"BYTES", "a number of bytes"},
       {"FILE", "a file name"},
       {"HOST[:PORT]", "a server, such as localhost:9999"},
       {"IFACE", "an interface name"},
       {"N", "a number"},
       {"NAME", "a name, such as greet"},
       {"OLD", "a file name"},
       {"R", "a number"},
       {"SIZE", "a size, such as 64KiB"},
       {"TIME", "a time, such as 200ms"}}};
  for (const auto& need : needs) {
    if (need.type == type) return std::string(need.what);
  }
  return "a value, " + type;
}

std::string unexpected_argument(const CLI::App& app, const std::string& word) {
  std::vector<std::string_view> names;
  for (const auto* const option : app.get_options()) {
    for (const auto& name : option->get_lnames())
      names.emplace_back(name);
  }
  std::string text = "unexpected argument " + excerpt_of(word);
  if (!word.starts_with("--")) return text;
  const auto meant = text::nearest(word.substr(2, word.find('=') - 2), names);
  return meant ? text + fmt::format("; did you mean '--{}'?", names[*meant]) : text;
}

// Returns what is wrong with the command line. Only the option's name, with which the errors of
// CLI11 begin, is taken from them.
std::string usage_problem(const CLI::App& app, const CLI::ParseError& error) {
  // For a misplaced word CLI11 reports that something else is missing.
  if (const auto strays = app.remaining(true); !strays.empty()) {
    return unexpected_argument(app, plain(strays[0]));
  }
  std::string text = error.what();
  const std::string name = text.substr(0, text.find_first_of(": "));
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr) {
    const auto* const option = app.get_option_no_throw(name);
    // The option is a flag, which CLI11 names without its dashes.
    if (option == nullptr) return "--" + name + " takes no value";
    return name + " needs " + needed(option->get_type_name());
  }
  if (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr) return "no " + name + " given";
  if (dynamic_cast<const CLI::ExcludesError*>(&error) != nullptr) {
    return name + " cannot be combined with " + text.substr(text.rfind(' ') + 1);
  }
  // The errors of the readers of values are ours already.
  return text;
}

// Returns what the words lead to other than running the command: its help, or an error.
std::optional<Result<Run>> parse(CLI::App& app, Words words, const HelpPage& page) {
  const auto help = [&page] { return Run([text = to_string(page)] { return print(text); }); };
  try {
    app.parse(marked(words));
    return std::nullopt;
  } catch (const CLI::CallForHelp&) {
    return help();
  } catch (const CLI::ParseError& error) {
    // CLI11 reads the values before it looks at --help.
    if (app.get_help_ptr()->count() > 0) return help();
    return failure(ExitStatus::usage, usage_problem(app, error));
  }
}

// Returns "--server: " for "-s,--server".
std::string prefix_of(const std::string& names) {
  return names.substr(names.rfind(',') + 1) + ": ";
}

// Returns "-s, --server" for "-s,--server".
std::string spaced(const std::string& names) {
  const auto comma = names.find(',');
  return comma == std::string::npos ? names
                                    : names.substr(0, comma) + ", " + names.substr(comma + 1);
}

HelpPage page_of(const Command& command, const Options& options, const std::string& title) {
  HelpPage page = options.help_page(title);
  page.summary = command.summary;
  page.footer = command.footer;
  return page;
}

}  // namespace

Options::Options(CLI::App& app)
    : app_(app), options_{{.head = "-h, --help", .text = "Print this help and exit"}} {}

void Options::flag(const std::string& names, bool& target, const std::string& text) {
  app_.add_flag(names, target)->disable_flag_override();
  options_.push_back({.head = spaced(names), .text = text});
}

CLI::Option& Options::add(const std::string& names, const Reader& reader,
                          const std::string& prefix) {
  const auto read_all = [reader, prefix](const CLI::results_t& values) {
    for (const auto& value : values) {
      if (const auto read = reader(plain(value)); !read) {
        throw CLI::ValidationError(prefix + read.error());
      }
    }
    return true;
  };
  return *app_.add_option(names, read_all);
}

CLI::Option& Options::add_value(const std::string& names, const std::string& type,
                                const std::string& text, const Reader& reader) {
  options_.push_back({.head = spaced(names) + " " + type, .text = text});
  return *add(names, reader, prefix_of(names)).type_name(type);
}

CLI::Option& Options::add_argument(const std::string& name, const std::string& text,
                                   const Reader& reader, const std::string& usage) {
  arguments_.push_back({.head = usage, .text = text});
  return add(name, reader, "");
}

void Options::value(const std::string& names, const std::string& type, const std::string& text,
                    const Reader& reader) {
  add_value(names, type, text, reader).multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

void Options::values(const std::string& names, const std::string& type, const std::string& text,
                     const Reader& reader) {
  add_value(names, type, text, reader)
      .expected(1, CLI::detail::expected_max_vector_size)
      ->allow_extra_args(false);
}

void Options::argument(const std::string& name, const std::string& text, const Reader& reader) {
  add_argument(name, text, reader, "[" + name + "]");
}

void Options::required_argument(const std::string& name, const std::string& text,
                                const Reader& reader) {
  add_argument(name, text, reader, name).required();
}

void Options::arguments(const std::string& name, const std::string& text,
                        std::vector<std::string>& target, const std::string& usage) {
  const auto take = [&target](const std::string& value) -> Checked {
    target.push_back(value);
    return {};
  };
  add_argument(name, text, take, usage.empty() ? "[" + name + "]..." : usage)
      .expected(0, CLI::detail::expected_max_vector_size)
      ->allow_extra_args();
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

HelpPage Options::help_page(const std::string& title) const {
  std::string usage = title + " [OPTION]...";
  for (const auto& argument : arguments_)
    usage += " " + argument.head;
  return {.summary = {},
          .usage = std::move(usage),
          .sections = {{.title = "Arguments", .entries = arguments_},
                       {.title = "Options", .entries = options_}},
          .footer = {}};
}

std::string help_of(const Command& command, const std::string& title) {
  CLI::App app;
  Options options(app);
  (void)command.declare(options);
  return to_string(page_of(command, options, title));
}

Result<Run> read_command_line(const Command& command, const std::string& title, Words words) {
  CLI::App app;
  Options options(app);
  Run run = command.declare(options);
  if (auto other = parse(app, words, page_of(command, options, title))) return std::move(*other);
  if (const auto checked = options.run_checks(); !checked) {
    return failure(ExitStatus::usage, checked.error());
  }
  return run;
}

}  // namespace yodel::client
