#include "client/echo/echo_command.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <memory>
#include <unistd.h>

#include "client/echo/echo.hpp"
#include "client/output.hpp"
#include "posix/descriptor.hpp"

namespace yodel::client {
namespace {

constexpr const char* footer =
    "Standard input goes through an echo server, such as yodeld with protocol = \"echo\", to\n"
    "standard output. Each byte is checked on the way; at the end standard error tells how\n"
    "many there were and how fast.\n"
    "\n"
    "Examples:\n"
    "  yodel echo -s echo.example.com < file > copy\n"
    "  head -c 100M /dev/urandom | yodel echo > /dev/null\n"
    "  yodel echo -q --json rate.json < file > /dev/null\n";

// As CLI11 fills it in.
struct EchoArguments {
  ServerOptions server;
  bool quiet = false;
  std::optional<std::string> json;
};

// As it was checked.
struct EchoPlan {
  ServerAddress server;
  ConnectOptions connect;
  EchoOptions options;
  bool quiet = false;
  std::optional<std::string> json;
};

EchoPlan plan(const EchoArguments& arguments) {
  EchoPlan plan;
  plan.server = server_address(arguments.server);
  plan.connect = connect_options(arguments.server);
  plan.options.timeout = duration_option("--timeout", arguments.server.timeout);
  plan.quiet = arguments.quiet;
  // On a terminal the output is the progress.
  plan.options.progress =
      !plan.quiet && ::isatty(STDERR_FILENO) != 0 && ::isatty(STDOUT_FILENO) == 0;
  if (arguments.json) plan.json = plain(*arguments.json);
  return plan;
}

// The file of --json, emptied; none where none is wanted.
Result<posix::Descriptor> open_json(const EchoPlan& plan) {
  if (!plan.json) return posix::Descriptor();
  constexpr mode_t all_read_and_write = 0666;  // less the umask(2)
  posix::Descriptor file(
      ::open(plan.json->c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, all_read_and_write));
  if (file) return file;
  return failure(ExitStatus::output, fmt::format("{}: {}", *plan.json, std::strerror(errno)));
}

Result<void> run_echo(const EchoPlan& plan) {
  // Before anything is sent: a long transfer shall not end with a file that cannot be written.
  const auto json = open_json(plan);
  if (!json) return tl::make_unexpected(json.error());
  auto connection = Connection::open(plan.server, plan.connect);
  if (!connection) return tl::make_unexpected(connection.error());
  const auto summary = echo(*connection, plan.options);
  if (!summary) return tl::make_unexpected(summary.error());
  if (!plan.quiet) print_note(to_string(*summary) + ", every byte as it was sent\n");
  return *json ? write_whole(json->get(), *plan.json, to_json(*summary) + "\n") : Result<void>();
}

}  // namespace

void add_echo(CLI::App& program, Run& run) {
  const auto arguments = std::make_shared<EchoArguments>();
  auto* const command =
      program.add_subcommand("echo", "Send standard input through an echo server, and check it");
  add_server_options(*command, arguments->server);
  command->add_flag("-q,--quiet", arguments->quiet, "Do not tell how much it was and how fast");
  command
      ->add_option("--json", arguments->json,
                   "Write that to FILE as one JSON object, with the keys bytes,\n"
                   "seconds and bytes_per_second")
      ->type_name("FILE")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  command->footer(footer);
  command->callback(
      [arguments, &run] { run = [plan = plan(*arguments)] { return run_echo(plan); }; });
}

}  // namespace yodel::client
