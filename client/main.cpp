// The program `yodel`: reads the command line, runs a command and reports its failure. Nothing else
// in the client writes an error or chooses the exit status.
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <memory>
#include <string>

#include "client/bench/bench.hpp"
#include "client/echo/echo.hpp"
#include "client/ping/ping.hpp"
#include "client/program.hpp"
#include "client/talk/talk.hpp"
#include "client/terminal/output.hpp"
#include "posix/sibling_program.hpp"

namespace {

using namespace yodel;
using namespace yodel::client;

constexpr const char* footer =
    "Run 'yodel COMMAND --help' for the options of a command; see also yodel(1).\n"
    "\n"
    "Examples:\n"
    "  yodel talk alice                        send the name alice to 127.0.0.1\n"
    "  yodel talk -s '[::1]:9999' < names.txt  send each line of a file\n"
    "  yodel ping echo.example.com             measure its response time\n"
    "  yodel ping ::1 9998 --protocol echo     the same for an echo server\n"
    "  yodel bench -c 16 --new-connection      measure connections per second\n"
    "  yodel echo < file | cmp - file          send a file through an echo server\n"
    "  yodel fetch https://example.com/a.txt   save the page as a.txt\n"
    "\n"
    "ping, bench and echo take the server as an argument. The arguments of talk are\n"
    "names; it takes the server with -s. The default is $YODEL_SERVER, or else\n"
    "127.0.0.1.\n"
    "\n"
    "Exit status:\n"
    "  0  success\n"
    "  1  the server's answer was wrong, incomplete or missing\n"
    "  2  the command line is wrong, or the input cannot be read or sent\n"
    "  3  the server's name could not be resolved\n"
    "  4  the server refused the connection or could not be reached\n"
    "  5  timed out\n"
    "  6  the output could not be written\n"
    "  7  the TLS handshake failed, or the certificate is not trusted\n"
    "  8  the server answered with an error (HTTP status 4xx or 5xx)\n"
    "  9  the page has moved and the redirect was not followed (HTTP status 3xx)\n";

constexpr const char* help_footer =
    "Examples:\n"
    "  yodel help         the same as 'yodel --help'\n"
    "  yodel help talk    the same as 'yodel talk --help'\n";

Run declare_help(Options& options);

// fetch declares nothing here: it is a program of its own.
const std::array<Command, 6>& commands() {
  static const std::array<Command, 6> all{
      talk::command(),
      ping::command(),
      bench::command(),
      echo::command(),
      {.name = "fetch",
       .summary = "Get a page over HTTP or HTTPS and save it",
       .footer = {},
       .declare = {}},
      {.name = "help",
       .summary = "Print the help of yodel or of a command",
       .footer = help_footer,
       .declare = declare_help},
  };
  return all;
}

const Command* find_command(std::string_view name) {
  const auto& all = commands();
  const auto* const found =
      std::find_if(all.begin(), all.end(), [name](const auto& each) { return each.name == name; });
  return found == all.end() ? nullptr : found;
}

Program program() {
  return {.name = "yodel",
          .summary = "The client of the Yodel echo service.",
          .footer = footer,
          .commands = commands()};
}

// Executes the program of a command that is not part of yodel. Returns only if that fails.
Failure become_program(const std::string& command, Words words) {
  const std::string name = "yodel-" + command;
  const auto failed = posix::exec_sibling_program(name, words);
  if (failed.error != ENOENT) {
    return {ExitStatus::usage, fmt::format("{}: {}", failed.path, std::strerror(failed.error))};
  }
  return {ExitStatus::usage,
          fmt::format("'yodel {0}' is not installed; it comes in the package {1}: apt install {1}",
                      command, name)};
}

Result<void> help(const std::string& name) {
  if (name.empty()) return print(help_of(program()));
  const Command& command = *find_command(name);
  if (!command.declare) return tl::make_unexpected(become_program(name, {{"--help"}}));
  return print(help_of(command, "yodel " + name));
}

Run declare_help(Options& options) {
  const auto chosen = std::make_shared<std::string>();
  options.argument("COMMAND", "The command whose help to print (default: that of yodel)",
                   [chosen](const std::string& name) -> Checked {
                     if (find_command(name) == nullptr) {
                       return tl::make_unexpected(unknown_command(commands(), name));
                     }
                     *chosen = name;
                     return {};
                   });
  return [chosen] { return help(*chosen); };
}

int run(Words words) {
  const auto* const command = words.empty() ? nullptr : find_command(words.front());
  if (command != nullptr && !command->declare) {
    return report(become_program(command->name, words.subspan(1)));
  }
  const auto chosen = command == nullptr
                          ? read_command_line(program(), words)
                          : read_command_line(*command, "yodel " + command->name, words.subspan(1));
  // The hint after `yodel help NONSENSE` leads to the list of all commands.
  const bool general = command == nullptr || command->name == "help";
  return run_chosen(chosen, general ? "yodel" : "yodel " + command->name);
}

}  // namespace

int main(int argc, char** argv) {
  return yodel::client::run_main(argc, argv, run);
}
