#include <cstdint>
#include <fmt/format.h>
#include <limits>
#include <memory>

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
    "Ctrl-C ends it with the summary.\n"
    "\n"
    "Examples:\n"
    "  yodel ping\n"
    "  yodel ping echo.example.com -c 5 -i 200ms\n"
    "  yodel ping ::1 9998 --protocol echo --size 1000\n"
    "  yodel ping --new-connection -c 100 -i 0 -q\n"
    "  yodel ping --json -w 1m > ping.jsonl\n";

struct PingArguments {
  ServerOptions server;
  PingOptions options;
  bool numeric = false;  // no address is looked up anyway
};

// A length of time, or 0.
Checked read_interval(std::chrono::nanoseconds& interval, const std::string& text) {
  if (text::parse_seconds(text) != 0s) return duration(interval)(text);
  interval = 0s;
  return {};
}

Result<void> run(PingOptions options, const ServerOptions& server) {
  options.server = server.address;
  options.connect = server.connect;
  options.timeout = server.timeout;
  return ping(options);
}

Run declare(Options& options) {
  const auto arguments = std::make_shared<PingArguments>();
  PingOptions& given = arguments->options;
  given.size = 56;  // as ping(8) has it
  given.interval = 1s;
  add_server_argument(options, arguments->server, "-W,--timeout");
  add_origin_options_of_ping(options, arguments->server);
  options.value("-c,--count", "N", "End after N probes (default: at Ctrl-C)",
                whole_number(given.count, std::numeric_limits<std::uint32_t>::max()));
  options.value("-i,--interval", "TIME",
                "From one probe to the next; 0: as soon as the last one is answered (default: 1s)",
                [&given](const std::string& text) { return read_interval(given.interval, text); });
  options.value("-w,--duration", "TIME", "End after this time", duration(given.deadline));
  options.flag("-q,--quiet", given.quiet, "Print the summary alone");
  options.flag("-n", arguments->numeric,
               "Accepted as ping(8) has it: addresses are never looked up for names");
  options.flag("--new-connection", given.each_connects,
               "Make a connection for each probe, and time each step");
  add_service_options(options, given.service);
  options.value(
      "--size", "BYTES",
      fmt::format("Of a message, 1 to {} (default: {})", protocol::max_message_size, given.size),
      whole_number(given.size, protocol::max_message_size));
  options.flag("--json", given.json, "Print a JSON object for each line");
  return [arguments] { return run(arguments->options, arguments->server); };
}

}  // namespace

Command command() {
  return {.name = "ping",
          .summary = "Measure how long a server takes to answer",
          .footer = footer,
          .declare = declare};
}

}  // namespace yodel::client::ping
