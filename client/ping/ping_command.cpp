#include "client/ping/ping_command.hpp"

#include <cstdint>
#include <fmt/format.h>
#include <limits>
#include <memory>
#include <optional>

#include "client/ping/ping.hpp"
#include "protocol/greet.hpp"

namespace yodel::client {
namespace {

using namespace std::chrono_literals;

constexpr const char* footer =
    "Each probe is a message of its own, and each reply is checked byte for byte. Ctrl-C\n"
    "ends it with the summary.\n"
    "\n"
    "Examples:\n"
    "  yodel ping\n"
    "  yodel ping -s echo.example.com:9999 -c 5 -i 200ms\n"
    "  yodel ping -s '[::1]:7' --protocol echo --size 1000\n"
    "  yodel ping --connect -c 100 -i 0 -q\n"
    "  yodel ping --json -w 1m > ping.jsonl\n";

// As CLI11 fills it in.
struct PingArguments {
  ServerOptions server;
  std::optional<std::string> count;
  std::string interval = "1s";
  std::optional<std::string> deadline;
  std::string size = "56";
  ServiceOptions service;
  bool connect = false;
  bool quiet = false;
  bool json = false;
};

std::chrono::milliseconds interval_option(const std::string& text) {
  for (const std::string_view none : {"0", "0s", "0ms"}) {
    if (text == none) return 0ms;
  }
  return duration_option("--interval", text);
}

PingOptions checked(const PingArguments& arguments) {
  PingOptions options;
  options.server = server_address(arguments.server);
  options.connect = connect_options(arguments.server);
  options.timeout = duration_option("--timeout", arguments.server.timeout);
  options.service = service_option(arguments.service);
  options.welcome = has_welcome(options.service) && !arguments.service.no_welcome;
  options.size = number_option("--size", arguments.size, protocol::max_message_size);
  if (arguments.count) {
    options.count =
        number_option("--count", *arguments.count, std::numeric_limits<std::uint32_t>::max());
  }
  options.interval = interval_option(arguments.interval);
  if (arguments.deadline) {
    options.deadline = duration_option("--deadline", *arguments.deadline);
  }
  options.each_connects = arguments.connect;
  options.quiet = arguments.quiet;
  options.json = arguments.json;
  return options;
}

}  // namespace

void add_ping(CLI::App& program, Run& run) {
  const auto arguments = std::make_shared<PingArguments>();
  auto* const command = program.add_subcommand("ping", "Measure how long a server takes to answer");
  add_server_options(*command, arguments->server);
  add_value(*command, "-c,--count", arguments->count, "N",
            "End after so many probes (default: at Ctrl-C)");
  add_value(*command, "-i,--interval", arguments->interval, "TIME",
            "From one probe to the next; 0: as soon as the last one is\nanswered (default: " +
                arguments->interval + ")");
  add_value(*command, "-w,--deadline", arguments->deadline, "TIME", "End after this time");
  command->add_flag("-q,--quiet", arguments->quiet, "Print the summary alone");
  command->add_flag("--connect", arguments->connect,
                    "Make a connection for each probe, and time each step");
  add_service_options(*command, arguments->service);
  add_value(*command, "--size", arguments->size, "BYTES",
            fmt::format("Of a message, 1 to {} (default: {})", protocol::max_message_size,
                        arguments->size));
  command->add_flag("--json", arguments->json, "Print a JSON object for each line");
  command->footer(footer);
  command->callback(
      [arguments, &run] { run = [options = checked(*arguments)] { return ping(options); }; });
}

}  // namespace yodel::client
