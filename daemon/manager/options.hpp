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
  std::vector<config::Listen> listeners{};  // from --listen; empty: they come from the file
  pid_t daemon = 0;                         // for reload
};

// The text of --help or --version, or an error, to print instead of doing anything.
struct Answer {
  ExitStatus status;
  std::string text;  // for standard output if the status is ok, otherwise for standard error
};

// Returns the options in `argv`, or the answer to print.
[[nodiscard]] std::variant<Options, Answer> parse_options(int argc, const char* const* argv);

}  // namespace yodel::manager
