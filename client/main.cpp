// The program `yodel`: reads the command line, runs a subcommand, and says what went wrong. Nothing
// else of the client writes an error or chooses the exit status.
#include <exception>
#include <fmt/format.h>
#include <string>
#include <unistd.h>

#include "client/bench/bench_command.hpp"
#include "client/command_line.hpp"
#include "client/echo/echo_command.hpp"
#include "client/fetch/fetch_command.hpp"
#include "client/help/help_command.hpp"
#include "client/output.hpp"
#include "client/ping/ping_command.hpp"
#include "client/quote.hpp"
#include "client/talk/talk_command.hpp"
#include "posix/descriptor.hpp"

namespace {

using yodel::client::ExitStatus;
using yodel::client::Failure;
using yodel::client::Result;

constexpr const char* footer =
    "'yodel help COMMAND' or 'yodel COMMAND --help' tells about a command.\n"
    "\n"
    "Examples:\n"
    "  yodel talk alice                     greet the server at 127.0.0.1:9999 as alice\n"
    "  yodel talk -s '[::1]:9999' < names   a message for each line\n"
    "  YODEL_SERVER=echo.example.com yodel talk\n"
    "  yodel ping -c 5                      how long does the server take to answer?\n"
    "  yodel bench -c 16 --new-connection   how many connections in a second does it serve?\n"
    "  yodel echo < file | cmp - file       send a file through an echo server\n"
    "  yodel fetch https://example.com/a.txt   save a page as a.txt\n"
    "\n"
    "Exit status:\n"
    "  0  all well\n"
    "  1  the server answered wrongly, not whole or not at all\n"
    "  2  the command line is wrong, or the input cannot be read or sent\n"
    "  3  the server's name could not be resolved\n"
    "  4  the server refused the connection or could not be reached\n"
    "  5  timed out\n"
    "  6  the output could not be written\n"
    "  7  TLS: the handshake failed or the certificate is not trusted\n"
    "  8  the server answered with an error (HTTP status >= 400)\n";

int report(const Failure& failure, const std::string& hint = {}) {
  const std::string text = "yodel: " + failure.text + "\n" + hint;
  // Where standard error fails, there is nowhere left to say so.
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
  return static_cast<int>(failure.status);
}

// What is wrong with the command line. CLI11 says of a word in the wrong place that something else
// is missing.
Failure usage_failure(const CLI::App& program, const CLI::ParseError& error) {
  const auto strays = program.remaining(true);
  const bool chosen = !program.get_subcommands().empty();
  if (strays.empty()) {
    return {ExitStatus::usage,
            chosen ? yodel::client::lower_case_cause(error.what()) : "no command given"};
  }
  const std::string stray = yodel::client::plain(strays[0]);
  const bool command = !chosen && !stray.starts_with('-');
  return {ExitStatus::usage,
          fmt::format("{} {}", command ? "unknown command" : "unexpected argument",
                      yodel::client::quote(stray))};
}

// Reads the command line: what to run, or what to print and be done.
Result<yodel::client::Run> parse(CLI::App& program, int argc, const char* const* argv) {
  yodel::client::Run run;
  yodel::client::add_talk(program, run);
  yodel::client::add_ping(program, run);
  yodel::client::add_bench(program, run);
  yodel::client::add_echo(program, run);
  yodel::client::add_fetch(program, run);
  yodel::client::add_help(program, run);
  try {
    program.parse(yodel::client::marked_arguments(argc, argv));
  } catch (const CLI::CallForHelp&) {
    return [&program] { return yodel::client::print(program.help()); };
  } catch (const CLI::CallForVersion&) {
    return [] { return yodel::client::print("yodel " YODEL_VERSION "\n"); };
  } catch (const CLI::ParseError& error) {
    return tl::make_unexpected(usage_failure(program, error));
  }
  return run;
}

int run(int argc, const char* const* argv) {
  CLI::App program("The client of the Yodel echo service.", "yodel");
  program.require_subcommand(1);
  program.set_version_flag("--version", YODEL_VERSION, "Print the version and exit");
  program.footer(footer);

  const auto chosen = parse(program, argc, argv);
  if (!chosen) {
    const auto commands = program.get_subcommands();
    // Who has asked for the help of a command that there is not needs the list of those there are.
    const bool general = commands.empty() || commands[0]->get_name() == "help";
    return report(chosen.error(), fmt::format("Try 'yodel{} --help' for more information.\n",
                                              general ? "" : " " + commands[0]->get_name()));
  }
  const auto done = (*chosen)();
  return done ? static_cast<int>(ExitStatus::success) : report(done.error());
}

}  // namespace

int main(int argc, char** argv) {
  try {
    yodel::posix::occupy_standard_descriptors();
    return run(argc, argv);
  } catch (const std::exception& error) {
    return report({ExitStatus::wrong_answer, error.what()});
  }
}
