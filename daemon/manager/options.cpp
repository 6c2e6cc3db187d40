#include "manager/options.hpp"

#include <CLI/CLI.hpp>

namespace yodel::manager {
namespace {

constexpr int max_pid = 1 << 22;  // PID_MAX_LIMIT, proc(5)

Answer usage_error(const std::string& text) {
  return {ExitStatus::usage, "yodeld: " + text + "\nTry 'yodeld --help'.\n"};
}

}  // namespace

std::variant<Options, Answer> parse_options(int argc, const char* const* argv) {
  CLI::App app("yodeld: an echo daemon that forks a process for each connection", "yodeld");
  app.footer(
      "Signals: SIGHUP reads the file again and loses no connection; SIGTERM or SIGINT stops\n"
      "accepting and gives sessions that owe a reply their grace, a second one ends it.\n"
      "Exit status: 0 stopped as told; 64 usage; 69 address in use or not of this host;\n"
      "70 acceptors keep dying; 71 system error; 77 permission denied; 78 error in the file.\n"
      "With --reload: 0 reloaded; 1 reload failed, and the daemon's log says why.\n");
  Options options;
  int actions = 0;
  const auto choose = [&](Options::Action action) {
    return [&options, &actions, action] {
      options.action = action;
      ++actions;
    };
  };
  const auto* config = app.add_option("-c,--config", options.config, "The file to read")
                           ->type_name("FILE")
                           ->capture_default_str();
  app.add_flag_callback("--check", choose(Options::Action::check),
                        "Check the file, and how it fits this machine, and exit");
  app.add_flag_callback("--print-config", choose(Options::Action::print_config),
                        "Print the settings in force as a file that reads back the same, and exit");
  app.add_flag_callback(
      "--print-socket-unit", choose(Options::Action::print_socket_unit),
      "Print the [Socket] section with which systemd listens for yodeld, and exit");
  app.add_option("--reload", options.daemon,
                 "Tell the yodeld with this process id to read its file again, wait until it has, "
                 "and exit")
      ->type_name("PID")
      ->check(CLI::Range(1, max_pid).description(""))
      ->each([&](const std::string& /*pid*/) { choose(Options::Action::reload)(); });
  app.set_version_flag("--version", "yodeld " YODEL_VERSION, "Print the version and exit");
  app.get_help_ptr()->description("Print this help and exit");

  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return Answer{ExitStatus::ok, app.help()};
  } catch (const CLI::CallForVersion&) {
    return Answer{ExitStatus::ok, app.version() + "\n"};
  } catch (const CLI::ParseError& error) {
    return usage_error(error.what());
  }
  if (actions > 1) {
    return usage_error(
        "only one of --check, --print-config, --print-socket-unit and --reload at a time");
  }
  options.config_was_given = config->count() > 0;
  if (options.config.empty()) {
    return usage_error("--config: the name of the file is empty; expected the path of a file");
  }
  return options;
}

}  // namespace yodel::manager
