// What every subcommand needs of the command line.
#pragma once

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client/connection.hpp"
#include "client/exchange.hpp"
#include "client/failure.hpp"
#include "client/server_address.hpp"

namespace yodel::client {

// What the command line has chosen, checked, and to be run once the whole line is read.
using Run = std::function<Result<void>()>;

// The options that say which server to talk to and how long to wait for it, as they were given.
// CLI11 writes into it until the command line is read: it must stay where it is.
struct ServerOptions {
  std::optional<std::string> server;  // nullopt: YODEL_SERVER, or else default_server
  std::string connect_timeout = "5s";
  std::string timeout = "10s";
  bool ipv4 = false;
  bool ipv6 = false;
};

// Adds -s, -4, -6, --connect-timeout and --timeout to `command`.
void add_server_options(CLI::App& command, ServerOptions& options);
// The same without -s, for a command that has another way to name the server.
void add_connect_options(CLI::App& command, ServerOptions& options);

// What `options` say, checked. They throw CLI::ValidationError, as CLI11's own checks do, with a
// text that names the option or variable at fault.
[[nodiscard]] ServerAddress server_address(const ServerOptions& options);
[[nodiscard]] ConnectOptions connect_options(const ServerOptions& options);
[[nodiscard]] std::chrono::milliseconds duration_option(std::string_view name,
                                                        const std::string& text);

// A whole number from 1 to `greatest`.
[[nodiscard]] std::uint64_t number_option(std::string_view name, const std::string& given,
                                          std::uint64_t greatest);

// A number from `least` to `greatest`.
[[nodiscard]] double real_option(std::string_view name, const std::string& given, double least,
                                 double greatest);

// What the server speaks, as it was given.
struct ServiceOptions {
  std::string protocol = "greet";
  bool no_welcome = false;
  bool unframed = false;
};
// Adds --protocol, --no-welcome and --unframed to `command`.
void add_service_options(CLI::App& command, ServiceOptions& options);
// What `options` say, checked as above.
[[nodiscard]] Service service_option(const ServiceOptions& options);

// Adds an option with a value, of which the last one counts.
template <typename Value>
CLI::Option* add_value(CLI::App& command, const char* names, Value& value, const char* type,
                       const std::string& text) {
  return command.add_option(names, value, text)
      ->type_name(type)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

// CLI11 2.1 takes an argument such as "[a,b]" for a list of two, and "--" behind a subcommand for
// the end of that subcommand. So it gets the arguments of main() with a mark before each that
// begins with '[', or that begins with '-' behind a "--", which is left out; less the program's
// name, and in the reverse order that CLI::App::parse wants. `plain` takes the mark off what CLI11
// gives back.
[[nodiscard]] std::vector<std::string> marked_arguments(int argc, const char* const* argv);
[[nodiscard]] std::string plain(std::string argument);

}  // namespace yodel::client
