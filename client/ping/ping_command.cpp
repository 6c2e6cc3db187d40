#include <cstdint>
#include <fmt/format.h>
#include <limits>
#include <memory>
#include <optional>

#include "client/connection/origin_options.hpp"
#include "client/connection/server_options.hpp"
#include "client/exchange/service_options.hpp"
#include "client/ping/ping.hpp"
#include "protocol/greet.hpp"
#include "text/duration.hpp"

namespace yodel::client::ping {
namespace {

using namespace std::chrono_literals;

constexpr const char* footer =
    "Each probe is a message of its own, and each reply is checked byte for byte.\n"
    "Ctrl-C ends the ping and prints the summary; Ctrl-\\ prints the figures so far.\n"
    "A line shows what the kernel sent again, and the summary how long answers failed\n"
    "to come.\n"
    "\n"
    "Examples:\n"
    "  yodel ping\n"
    "  yodel ping echo.example.com -c 5 -i 200ms\n"
    "  yodel ping ::1 9998 --protocol echo --size 1000\n"
    "  yodel ping --new-connection -c 100 -i 0 -q\n"
    "  yodel ping --json -w 1m > ping.jsonl\n"
    "  yodel ping --protocol probe HOST       split times: server, network\n"
    "  yodel ping --protocol none example.com 443 -D\n";

constexpr std::size_t default_size = 56;  // the default of ping(8)

struct PingArguments {
  ServerOptions server;
  PingOptions options;
  bool numeric = false;  // has no effect
  std::optional<std::size_t> size;
};

Checked check_size(const PingArguments& arguments) {
  if (!arguments.options.connects_only || !arguments.size) return {};
  return tl::make_unexpected("--size: --protocol none sends nothing");
}

// Reads a duration or 0.
Checked read_interval(std::chrono::nanoseconds& interval, const std::string& text) {
  if (text::parse_seconds(text) != 0s) return duration(interval)(text);
  interval = 0s;
  return {};
}

Result<void> run(const PingArguments& arguments) {
  PingOptions options = arguments.options;
  const ServerOptions& server = arguments.server;
  options.size = arguments.size.value_or(default_size);
  options.each_connects = options.each_connects || options.connects_only;
  options.server = server.address;
  options.connect = server.connect;
  options.timeout = server.timeout;
  return ping(options);
}

Run declare(Options& options) {
  const auto arguments = std::make_shared<PingArguments>();
  PingOptions& given = arguments->options;
  given.interval = 1s;
  add_server_argument(
      options, arguments->server, [&given] { return default_port(given.service.protocol); },
      "-W,--timeout");
  add_origin_options_of_ping(options, arguments->server);
  options.value("-c,--count", "N", "End after N probes (default: run until Ctrl-C)",
                whole_number(given.count, std::numeric_limits<std::uint32_t>::max()));
  options.value("-i,--interval", "TIME",
                "Time between probes; 0 sends each as soon as the last is answered (default: 1s)",
                [&given](const std::string& text) { return read_interval(given.interval, text); });
  options.value("-w,--duration", "TIME", "End after this time", duration(given.deadline));
  options.flag("-q,--quiet", given.quiet, "Print only the first line and the summary");
  options.flag("-D,--timestamp", given.timestamps,
               "Print the time before each line, in seconds since 1970");
  options.flag("-n", arguments->numeric, "Ignored, for compatibility with ping(8)");
  options.flag("--new-connection", given.each_connects,
               "Make a new connection for each probe, and time each step");
  add_service_options(options, given.service, &given.connects_only);
  options.value("--size", "BYTES",
                fmt::format("Size of a message, 1 to {} (default: {})", protocol::max_message_size,
                            default_size),
                whole_number(arguments->size, protocol::max_message_size));
  options.flag("--json", given.json, "Print one JSON object per line, and nothing else");
  options.check([arguments] { return check_size(*arguments); });
  return [arguments] { return run(*arguments); };
}

}  // namespace

Command command() {
  return {.name = "ping",
          .summary = "Measure how long a server takes to answer",
          .footer = footer,
          .declare = declare};
}

}  // namespace yodel::client::ping
