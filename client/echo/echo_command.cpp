#include "client/echo/echo_command.hpp"

#include <memory>
#include <optional>
#include <unistd.h>
#include <utility>

#include "client/echo/echo.hpp"
#include "client/output.hpp"
#include "client/target_file.hpp"

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
  if (plan.json == "-") {
    throw CLI::ValidationError("--json: standard output is for the bytes that come back");
  }
  return plan;
}

Result<void> run_echo(const EchoPlan& plan) {
  // Before anything is sent: a long transfer shall not end with a file that cannot be written.
  std::optional<TargetFile> json;
  if (plan.json) {
    auto opened = TargetFile::open(*plan.json, TargetFile::Existing::replace);
    if (!opened) return tl::make_unexpected(opened.error());
    json.emplace(std::move(*opened));
  }
  auto connection = Connection::open(plan.server, plan.connect);
  if (!connection) return tl::make_unexpected(connection.error());
  const auto summary = echo(*connection, plan.options);
  if (!summary) return tl::make_unexpected(summary.error());
  if (!plan.quiet) print_note(to_string(*summary) + ", every byte as it was sent\n");
  if (!json) return {};
  return json->write(to_json(*summary) + "\n").and_then([&] { return json->commit(); });
}

}  // namespace

void add_echo(CLI::App& program, Run& run) {
  const auto arguments = std::make_shared<EchoArguments>();
  auto* const command =
      program.add_subcommand("echo", "Send standard input through an echo server, and check it");
  add_server_options(*command, arguments->server);
  command->add_flag("-q,--quiet", arguments->quiet, "Do not tell how much it was and how fast");
  add_value(*command, "--json", arguments->json, "FILE",
            "Write that to FILE as one JSON object, with the keys bytes,\n"
            "seconds and bytes_per_second");
  command->footer(footer);
  command->callback(
      [arguments, &run] { run = [plan = plan(*arguments)] { return run_echo(plan); }; });
}

}  // namespace yodel::client
