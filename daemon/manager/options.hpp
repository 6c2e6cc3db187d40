// The command line of yodeld: yodeld(8).
#pragma once

#include <string>
#include <sys/types.h>
#include <variant>
#include <vector>

#include "config/settings.hpp"
#include "manager/systemd/exit_status.hpp"

namespace yodel::manager {

constexpr const char* default_config = "/etc/yodel/yodeld.toml";

struct Options {
  enum class Action : std::uint8_t { serve, check, print_config, print_socket_unit, reload };

  Action action = Action::serve;
  std::string config = default_config;
  bool config_was_given = false;            // if not, the file may be missing
  std::vector<config::Listen> listeners{};  // of --listen, in place of the file; empty: a file
  pid_t daemon = 0;                         // of reload
};

// What there is to say instead of doing anything: --help, --version, or an error.
struct Answer {
  ExitStatus status;
  std::string text;  // for standard output where the status is ok, else for standard error
};

[[nodiscard]] std::variant<Options, Answer> parse_options(int argc, const char* const* argv);

}  // namespace yodel::manager
