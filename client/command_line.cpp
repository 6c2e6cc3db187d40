#include "client/command_line.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fmt/format.h>
#include <utility>

#include "client/duration.hpp"
#include "client/quote.hpp"

namespace yodel::client {
namespace {

// No argument that means anything begins with it.
constexpr char mark = '\x01';

// nullopt: the whole of `given` is no number of that type.
template <typename Number>
std::optional<Number> number_of(const std::string& given) {
  const std::string text = plain(given);
  Number number = 0;
  const auto* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  return error == std::errc{} && stop == end ? std::optional(number) : std::nullopt;
}

}  // namespace

void add_server_options(CLI::App& command, ServerOptions& options) {
  add_value(command, "-s,--server", options.server, "HOST[:PORT]",
            fmt::format("The server: HOST, HOST:{0}, [::1]:{0} or unix:PATH\n"
                        "(default: the variable YODEL_SERVER, or {1})",
                        default_port, default_server));
  add_connect_options(command, options);
}

void add_connect_options(CLI::App& command, ServerOptions& options) {
  auto* const ipv4 = command.add_flag("-4,--ipv4", options.ipv4, "Use IPv4 only");
  command.add_flag("-6,--ipv6", options.ipv6, "Use IPv6 only")->excludes(ipv4);
  add_value(command, "--connect-timeout", options.connect_timeout, "TIME",
            "For resolving and connecting, in all (default: " + options.connect_timeout + ")");
  add_value(command, "--timeout", options.timeout, "TIME",
            "For each wait on the server: 500ms, 5s, 2m, or a number\nof seconds (default: " +
                options.timeout + ")");
}

ServerAddress server_address(const ServerOptions& options) {
  std::string text(default_server);
  std::string_view source = "--server";
  const char* const variable = std::getenv("YODEL_SERVER");
  if (options.server) {
    text = plain(*options.server);
  } else if (variable != nullptr && *variable != '\0') {
    text = variable;
    source = "YODEL_SERVER";
  }
  const auto address = parse_server_address(text);
  if (!address) throw CLI::ValidationError(fmt::format("{}: {}", source, address.error()));
  if (address->is_local() && (options.ipv4 || options.ipv6)) {
    throw CLI::ValidationError(fmt::format("{}: a Unix socket has no use for {}", text,
                                           options.ipv4 ? "--ipv4" : "--ipv6"));
  }
  return *address;
}

ConnectOptions connect_options(const ServerOptions& options) {
  ConnectOptions result;
  result.timeout = duration_option("--connect-timeout", options.connect_timeout);
  if (options.ipv4) result.family = FamilyChoice::ipv4;
  if (options.ipv6) result.family = FamilyChoice::ipv6;
  return result;
}

std::chrono::milliseconds duration_option(std::string_view name, const std::string& text) {
  const auto duration = parse_duration(plain(text));
  if (!duration) throw CLI::ValidationError(fmt::format("{}: {}", name, duration.error()));
  return *duration;
}

std::uint64_t number_option(std::string_view name, const std::string& given,
                            std::uint64_t greatest) {
  const auto number = number_of<std::uint64_t>(given);
  if (number && *number > 0 && *number <= greatest) return *number;
  throw CLI::ValidationError(fmt::format("{}: {} is not a whole number from 1 to {}", name,
                                         quote(plain(given)), greatest));
}

double real_option(std::string_view name, const std::string& given, double least, double greatest) {
  const auto number = number_of<double>(given);
  if (number && *number >= least && *number <= greatest) return *number;
  throw CLI::ValidationError(fmt::format("{}: {} is not a number from {} to {}", name,
                                         quote(plain(given)), least, greatest));
}

void add_service_options(CLI::App& command, ServiceOptions& options) {
  add_value(command, "--protocol", options.protocol, "NAME",
            "What the server speaks: greet or echo (default: " + options.protocol + ")");
  command.add_flag("--no-welcome", options.no_welcome,
                   "Do not wait for a welcome: the server sends none");
  command.add_flag("--unframed", options.unframed,
                   "Send messages without a newline, one at a time");
}

Service service_option(const ServiceOptions& options) {
  const std::string protocol = plain(options.protocol);
  if (protocol == "greet") return options.unframed ? Service::greet_unframed : Service::greet_lines;
  if (protocol != "echo") {
    throw CLI::ValidationError(
        fmt::format("--protocol: {} is unknown; expected greet or echo", quote(protocol)));
  }
  if (options.unframed || options.no_welcome) {
    throw CLI::ValidationError(fmt::format("{}: the echo protocol has no {}",
                                           options.unframed ? "--unframed" : "--no-welcome",
                                           options.unframed ? "framing" : "welcome"));
  }
  return Service::echo;
}

std::vector<std::string> marked_arguments(int argc, const char* const* argv) {
  std::vector<std::string> arguments;
  bool only_names = false;
  for (int i = 1; i < argc; ++i) {
    std::string argument = argv[i];
    if (argument == "--" && !std::exchange(only_names, true)) continue;
    const bool marked = argument.starts_with('[') || (only_names && argument.starts_with('-'));
    if (marked) argument.insert(0, 1, mark);
    arguments.push_back(std::move(argument));
  }
  std::reverse(arguments.begin(), arguments.end());
  return arguments;
}

std::string plain(std::string argument) {
  if (argument.starts_with(mark)) argument.erase(0, 1);
  return argument;
}

}  // namespace yodel::client
