#include "manager/options.hpp"

#include <CLI/CLI.hpp>
#include <cstddef>
#include <fmt/format.h>
#include <string>
#include <string_view>
#include <vector>

#include "config/listen_argument.hpp"
#include "text/nearest.hpp"
#include "text/quote.hpp"

namespace yodel::manager {
namespace {

constexpr std::size_t help_column = 24;  // the column in which descriptions begin
constexpr int max_pid = 1 << 22;         // PID_MAX_LIMIT, proc(5)

Answer usage_error(const std::string& text) {
  return {ExitStatus::usage, "yodeld: " + text + "\nTry 'yodeld --help'.\n"};
}

// Returns "; did you mean '--check'?" if an option is similar to `word`, otherwise "".
std::string suggestion(const CLI::App& app, const std::string& word) {
  std::vector<std::string> names;
  for (const auto* option : app.get_options()) {
    for (const auto& name : option->get_lnames())
      names.push_back("--" + name);
  }
  const std::vector<std::string_view> words(names.begin(), names.end());
  const auto meant = text::nearest(word.substr(0, word.find('=')), words);
  return meant ? fmt::format("; did you mean '{}'?", words[*meant]) : "";
}

// Returns what is wrong with the command line, in our words instead of CLI11's for the usual
// mistakes.
std::string problem_of(const CLI::App& app, const CLI::ParseError& error) {
  if (const auto strays = app.remaining(true); !strays.empty()) {
    return "unexpected argument " + text::excerpt(strays[0]) + suggestion(app, strays[0]);
  }
  for (const auto* option : app.get_options()) {
    const std::string name = option->get_name();
    const bool is_it = std::string_view(error.what()).starts_with(name + ":");
    if (is_it && dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr) {
      return option->count() > 1
                 ? name + " may be given only once"
                 : fmt::format("{} needs an argument: {}", name, option->get_type_name());
    }
  }
  return error.what();
}

// Fills in options.listeners. Returns what is wrong with `words`, or "".
std::string read_listeners(const std::vector<std::string>& words, Options& options) {
  for (const auto& word : words) {
    auto listen = config::parse_listen(word);
    if (!listen) return "--listen: " + listen.error();
    options.listeners.push_back(*std::move(listen));
  }
  const auto conflict = config::find_conflict(options.listeners);
  return conflict.empty() ? "" : "--listen: " + conflict;
}

// Sets `pid`. Returns what is wrong with `word`, or "".
std::string read_pid(const std::string& word, pid_t& pid) {
  const bool is_read = CLI::detail::lexical_cast(word, pid);
  if (is_read && pid >= 1 && pid <= max_pid) return {};
  return fmt::format("--reload: {} is not a process id; expected a number from 1 to {}",
                     text::excerpt(word), max_pid);
}

}  // namespace

std::variant<Options, Answer> parse_options(int argc, const char* const* argv) {
  CLI::App app("yodeld: an echo daemon that forks a process for each connection", "yodeld");
  app.footer(
      "Signals: SIGHUP reloads the file and drops no connection; with --listen it stops\n"
      "the daemon. SIGTERM and SIGINT stop accepting and give sessions that owe a reply\n"
      "a grace period; a second signal ends the grace period.\n"
      "Exit status: 0 success; 1 reload failed (--reload); 64 usage error; 69 address\n"
      "in use or not of this host; 70 acceptors keep dying; 71 system error;\n"
      "77 permission denied; 78 error in the file.\n");
  app.get_formatter()->column_width(help_column);
  app.get_formatter()->label("OPTIONS", "OPTION...");
  Options options;
  int actions = 0;
  const auto choose = [&](Options::Action action) {
    return [&options, &actions, action] {
      options.action = action;
      ++actions;
    };
  };
  const auto* config =
      app.add_option(
             "-c,--config", options.config,
             "The file to read, or \"-\" for standard input\n(default: " + options.config + ")")
          ->type_name("FILE");
  std::vector<std::string> listeners;
  app.add_option("--listen", listeners,
                 "Listen at [PROTOCOL@]ADDRESS[:PORT] without a file, log\n"
                 "to standard error, and print what to type at the other\nend; may be repeated")
      ->type_name("ADDRESS")
      ->option_text("ADDRESS")  // without CLI11's " ..."
      ->allow_extra_args(false);
  app.add_flag_callback("--check", choose(Options::Action::check),
                        "Check the file, also against this machine, and exit");
  app.add_flag_callback("--print-config", choose(Options::Action::print_config),
                        "Print the resulting settings as a file, and exit");
  app.add_flag_callback(
      "--print-socket-unit", choose(Options::Action::print_socket_unit),
      "Print the [Socket] section of a systemd unit that\nlistens at the same addresses, and exit");
  std::string daemon;
  const auto* reload = app.add_option("--reload", daemon,
                                      "Make the yodeld with this process id reload its file,\n"
                                      "wait for the outcome, and exit")
                           ->type_name("PID");
  app.set_version_flag("-V,--version", "yodeld " YODEL_VERSION, "Print the version and exit");
  app.get_help_ptr()->description("Print this help and exit");

  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return Answer{ExitStatus::ok, app.help()};
  } catch (const CLI::CallForVersion&) {
    return Answer{ExitStatus::ok, app.version() + "\n"};
  } catch (const CLI::ParseError& error) {
    return usage_error(problem_of(app, error));
  }
  options.config_was_given = config->count() > 0;
  if (reload->count() > 0) choose(Options::Action::reload)();
  if (actions > 1) {
    return usage_error("use only one of --check, --print-config, --print-socket-unit and --reload");
  }
  if (options.config.empty()) {
    return usage_error("--config: the file name is empty");
  }
  if (!listeners.empty() && (options.config_was_given || reload->count() > 0)) {
    return usage_error(options.config_was_given
                           ? "--listen cannot be combined with --config: it replaces the file"
                           : "--listen cannot be combined with --reload");
  }
  if (const auto wrong = read_listeners(listeners, options); !wrong.empty()) {
    return usage_error(wrong);
  }
  if (reload->count() > 0) {
    if (const auto wrong = read_pid(daemon, options.daemon); !wrong.empty()) {
      return usage_error(wrong);
    }
  }
  return options;
}

}  // namespace yodel::manager
