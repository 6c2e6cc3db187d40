#include <memory>
#include <optional>
#include <unistd.h>
#include <utility>

#include "client/connection/server_options.hpp"
#include "client/echo/echo.hpp"
#include "client/file/target_file.hpp"
#include "client/terminal/output.hpp"
#include "protocol/protocol.hpp"

namespace yodel::client::echo {
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

struct EchoArguments {
  ServerOptions server;
  bool quiet = false;
  std::optional<std::string> json;
};

constexpr std::string_view no_room_for_json =
    "--json: standard output is for the bytes that come back";

// On a terminal the output is the progress.
bool wants_progress(const EchoArguments& arguments) {
  return !arguments.quiet && ::isatty(STDERR_FILENO) != 0 && ::isatty(STDOUT_FILENO) == 0;
}

Result<void> run(const EchoArguments& arguments) {
  // Before anything is sent: a long transfer shall not end with a file that cannot be written.
  std::optional<TargetFile> json;
  if (arguments.json) {
    auto opened = TargetFile::open(*arguments.json, TargetFile::Existing::replace);
    if (!opened) return tl::make_unexpected(opened.error());
    if (opened->is_standard_output()) {
      return failure(ExitStatus::usage, std::string(no_room_for_json));
    }
    json.emplace(std::move(*opened));
  }
  auto connection = Connection::open(arguments.server.address, arguments.server.connect);
  if (!connection) return tl::make_unexpected(connection.error());
  const auto summary = echo(
      *connection, {.timeout = arguments.server.timeout, .progress = wants_progress(arguments)});
  if (!summary) return tl::make_unexpected(summary.error());
  if (!arguments.quiet) print_note(to_string(*summary) + ", every byte as it was sent\n");
  if (!json) return {};
  return json->write(to_json(*summary) + "\n").and_then([&] { return json->commit(); });
}

Run declare(Options& options) {
  const auto arguments = std::make_shared<EchoArguments>();
  add_server_options(options, arguments->server,
                     [] { return default_port(protocol::Protocol::echo); });
  options.flag("-q,--quiet", arguments->quiet, "Do not tell how much it was and how fast");
  options.value("--json", "FILE",
                "Write that to FILE as one JSON object, with the keys bytes,\n"
                "seconds and bytes_per_second",
                file_name(arguments->json));
  options.check([arguments]() -> Checked {
    if (arguments->json != "-") return {};
    return tl::make_unexpected(std::string(no_room_for_json));
  });
  return [arguments] { return run(*arguments); };
}

}  // namespace

Command command() {
  return {.name = "echo",
          .summary = "Send standard input through an echo server, and check it",
          .footer = footer,
          .declare = declare};
}

}  // namespace yodel::client::echo
