// yodeld: yodeld(8).

#include <chrono>
#include <cstdio>
#include <exception>
#include <fmt/format.h>
#include <string>
#include <system_error>
#include <variant>

#include "config/print.hpp"
#include "config/source.hpp"
#include "manager/addresses.hpp"
#include "manager/capacity.hpp"
#include "manager/open_listeners.hpp"
#include "manager/options.hpp"
#include "manager/reload_request.hpp"
#include "manager/serve.hpp"
#include "manager/systemd/exit_status.hpp"
#include "manager/systemd/socket_unit.hpp"
#include "posix/descriptor.hpp"
#include "posix/process_title.hpp"

namespace {

using namespace yodel;
using namespace yodel::manager;

// How long yodeld --reload waits for an answer. A reload takes at most twice LifeCycle::ready_time,
// and another reload may have to end first: 40 s.
constexpr std::chrono::seconds reload_time{60};

void say(const std::string& text) {
  (void)std::fputs(text.c_str(), stderr);
}

// Prints to standard output. If that fails, as on a full disk, reports it and returns os_error.
ExitStatus print(const std::string& text) {
  if (std::fputs(text.c_str(), stdout) >= 0 && std::fflush(stdout) == 0) return ExitStatus::ok;
  say(fmt::format("yodeld: cannot write to standard output: {}\n",
                  std::system_category().default_error_condition(errno).message()));
  return ExitStatus::os_error;
}

ExitStatus check(const config::Source& source, const config::Loaded& loaded) {
  say(source.describe(check_addresses(loaded, this_host())));
  say(source.describe(check_open_listeners(loaded)));
  say(source.describe(check_capacity(loaded, this_machine())));
  if (source.uses_defaults()) {
    return print(fmt::format("{}: no such file; using the built-in defaults\n", source.path));
  }
  return print(fmt::format("{}: ok\n", source.name()));
}

ExitStatus act(const Options& options, posix::ProcessTitle title) {
  if (options.action == Options::Action::reload) {
    const auto status = request_reload(options.daemon, reload_time);
    if (status == ExitStatus::reload_failed) {
      say("yodeld: reload failed; the daemon's log says why\n");
    }
    return status;
  }
  config::Source source{.path = options.config,
                        .may_be_missing = !options.config_was_given,
                        .listeners = options.listeners};
  if (const auto read = source.read_stream(); !read) {
    say(source.describe(read.error()));
    return ExitStatus::config;
  }
  if (options.action == Options::Action::serve) return serve(source, title);
  const auto loaded = source.load();
  if (!loaded) {
    say(source.describe(loaded.error()));
    return ExitStatus::config;
  }
  switch (options.action) {
    case Options::Action::check: return check(source, *loaded);
    case Options::Action::print_config: return print(config::print(loaded->settings));
    case Options::Action::print_socket_unit: return print(socket_unit(loaded->settings));
    case Options::Action::serve:
    case Options::Action::reload: break;
  }
  return ExitStatus::usage;
}

ExitStatus run(int argc, char** argv) {
  const auto options = parse_options(argc, argv);
  if (const auto* answer = std::get_if<Answer>(&options)) {
    if (answer->status == ExitStatus::ok) return print(answer->text);
    say(answer->text);
    return answer->status;
  }
  return act(std::get<Options>(options), posix::ProcessTitle(argc, argv));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    posix::occupy_standard_descriptors();
    return static_cast<int>(run(argc, argv));
  } catch (const StartError& error) {
    say(fmt::format("yodeld: {}\n", error.what()));
    return static_cast<int>(error.status());
  } catch (const std::exception& error) {
    say(fmt::format("yodeld: {}\n", error.what()));
    return static_cast<int>(ExitStatus::os_error);
  }
}
