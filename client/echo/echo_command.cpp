#include <csignal>
#include <memory>
#include <optional>
#include <unistd.h>
#include <utility>

#include "client/connection/origin_options.hpp"
#include "client/connection/server_options.hpp"
#include "client/echo/echo.hpp"
#include "client/file/target_file.hpp"
#include "client/terminal/output.hpp"
#include "protocol/protocol.hpp"
#include "text/quote.hpp"
#include "text/size.hpp"

namespace yodel::client::echo {
namespace {

constexpr const char* footer =
    "Standard input goes through an echo server, such as yodeld with protocol =\n"
    "\"echo\", to standard output. Each byte is checked on the way; at the end standard\n"
    "error tells how many there were and how fast. With --size or --duration the\n"
    "bytes are made here, and standard input and output are not used.\n"
    "\n"
    "Examples:\n"
    "  yodel echo echo.example.com < file > copy\n"
    "  yodel echo --size 1G\n"
    "  yodel echo -q --json rate.json < file > /dev/null\n";

struct EchoArguments {
  ServerOptions server;
  bool quiet = false;
  std::optional<std::string> json;
  EchoOptions options;
};

constexpr std::string_view no_room_for_json =
    "--json: standard output is for the bytes that come back";

// On a terminal the output is the progress, where there is any.
bool wants_progress(const EchoArguments& arguments) {
  if (arguments.quiet || ::isatty(STDERR_FILENO) == 0) return false;
  return arguments.options.makes_bytes() || ::isatty(STDOUT_FILENO) == 0;
}

std::string note_of(const EchoSummary& summary) {
  return to_string(summary) + ", every byte as it was sent" +
         (summary.signal != 0 ? "; interrupted\n" : "\n");
}

// Ends this process as the signal that was taken would have done it, for shells that look at that.
tl::unexpected<Failure> end_by(int signal) {
  static_cast<void>(::raise(signal));
  return failure(ExitStatus::wrong_answer, "interrupted");
}

Checked read_size(std::optional<std::uint64_t>& size, const std::string& text) {
  size = text::parse_size(text);
  if (size) return {};
  return tl::make_unexpected(text::excerpt(text) +
                             " is not a size; expected one above zero, such as 65536, 64K or 1GiB");
}

Result<void> run(const EchoArguments& arguments) {
  // Before anything is sent: a long transfer shall not end with a file that cannot be written.
  std::optional<TargetFile> json;
  if (arguments.json) {
    auto opened = *arguments.json == "-"
                      ? TargetFile::standard_output()
                      : TargetFile::open(*arguments.json, TargetFile::Existing::replace);
    if (!opened) return tl::make_unexpected(opened.error());
    if (opened->is_standard_output() && !arguments.options.makes_bytes()) {
      return failure(ExitStatus::usage, std::string(no_room_for_json));
    }
    json.emplace(std::move(*opened));
  }
  auto connection = Connection::open(arguments.server.address, arguments.server.connect);
  if (!connection) return tl::make_unexpected(connection.error());
  EchoOptions options = arguments.options;
  options.timeout = arguments.server.timeout;
  options.progress = wants_progress(arguments);
  const auto summary = echo(*connection, options);
  if (!summary) return tl::make_unexpected(summary.error());
  if (!arguments.quiet) print_note(note_of(*summary));
  if (summary->signal != 0) return end_by(summary->signal);
  if (!json) return {};
  return json->write(to_json(*summary) + "\n").and_then([&] { return json->commit(); });
}

Run declare(Options& options) {
  const auto arguments = std::make_shared<EchoArguments>();
  add_server_argument(options, arguments->server,
                      [] { return default_port(protocol::Protocol::echo); });
  add_origin_options(options, arguments->server);
  options.value(
      "--size", "SIZE",
      "Make so many bytes, such as 64K or 1G, in the place of standard input, and write none to "
      "standard output",
      [arguments](const std::string& text) { return read_size(arguments->options.size, text); });
  options.value("-d,--duration", "TIME", "Make bytes for this time",
                duration(arguments->options.duration));
  options.flag("-q,--quiet", arguments->quiet, "Do not tell how much it was and how fast");
  options.value("--json", "FILE",
                "Write that to FILE as one JSON object, with the keys bytes, seconds and "
                "bytes_per_second",
                file_name(arguments->json));
  options.check([arguments]() -> Checked {
    if (arguments->json != "-" || arguments->options.makes_bytes()) return {};
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
