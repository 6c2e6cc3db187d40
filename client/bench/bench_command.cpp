#include "client/bench/bench_command.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <memory>
#include <sched.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/bench/bench.hpp"
#include "client/bench/figure_files.hpp"
#include "client/bench/summary.hpp"
#include "client/quote.hpp"
#include "client/resolve.hpp"
#include "posix/descriptor.hpp"
#include "protocol/endpoint.hpp"
#include "protocol/greet.hpp"

namespace yodel::client {
namespace {

constexpr const char* footer =
    "In a closed loop each connection sends its next request when the reply to the last one is\n"
    "there: a server that stalls is asked less, and its stall hardly shows. With --rate requests\n"
    "are due at even distances, whatever the server does, and the time counts from when each was\n"
    "due ('since due'); the time from its real send is beside it ('round trip').\n"
    "\n"
    "Examples:\n"
    "  yodel bench                                     one connection, for 10 seconds\n"
    "  yodel bench --connections 16 --new-connection   a new connection for each request\n"
    "  yodel bench --connections 100 --rate 5000 --duration 1m --json run.json\n"
    "  yodel bench --hold 1000 --duration 10m          who survives ten idle minutes?\n"
    "  yodel bench --json new.json --report new.html --compare old.json\n";

constexpr std::uint64_t most_connections = 1'000'000;
constexpr std::uint64_t most_requests = 1'000'000'000'000;
constexpr std::uint64_t most_threads = 256;
constexpr std::uint64_t most_payload = std::uint64_t{16} << 20U;  // of echo
constexpr double least_rate = 0.001;
constexpr double most_rate = 10'000'000;

// As CLI11 fills it in.
struct BenchArguments {
  ServerOptions server;
  ServiceOptions service;
  bool new_connection = false;
  std::string connections = "1";
  std::optional<std::string> threads;
  std::string payload = "16";
  std::optional<std::string> rate;
  std::optional<std::string> requests;
  std::optional<std::string> duration;
  std::optional<std::string> warm_up;
  std::optional<std::string> hold;
  std::vector<std::string> sources;
  FigurePaths files;
};

// As it was checked, but for what takes the server's address.
struct BenchRun {
  ServerAddress server;
  ConnectOptions connect;
  BenchPlan plan;
  std::vector<std::string> sources;
  FigurePaths files;
};

std::size_t processors() {
  cpu_set_t set;
  const int count = ::sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
  return static_cast<std::size_t>(std::max(count, 1));
}

void check_combination(const BenchArguments& arguments) {
  if (arguments.hold && (arguments.new_connection || arguments.rate || arguments.requests)) {
    throw CLI::ValidationError(
        "--hold: has one request on each connection; it does not go with --rate, --requests or "
        "--new-connection");
  }
  if (arguments.requests && arguments.duration) {
    throw CLI::ValidationError("--requests: excludes --duration; either of them ends the run");
  }
  if (!arguments.files.compare.empty() && arguments.files.report.empty()) {
    throw CLI::ValidationError(
        "--compare: needs --report, the page where the two runs are laid over each other");
  }
  if (!arguments.files.json.empty() && arguments.files.json == arguments.files.report) {
    throw CLI::ValidationError(fmt::format("--report: {} is what --json is written to",
                                           quote(plain(arguments.files.json))));
  }
}

FigurePaths plain_paths(const FigurePaths& paths) {
  return {
      .json = plain(paths.json), .report = plain(paths.report), .compare = plain(paths.compare)};
}

BenchRun plan(const BenchArguments& arguments) {
  check_combination(arguments);
  BenchRun run;
  run.server = server_address(arguments.server);
  run.connect = connect_options(arguments.server);
  for (const auto& source : arguments.sources)
    run.sources.push_back(plain(source));
  run.files = plain_paths(arguments.files);
  BenchPlan& plan = run.plan;
  plan.connect_timeout = run.connect.timeout;
  plan.timeout = duration_option("--timeout", arguments.server.timeout);
  plan.service = service_option(arguments.service);
  plan.welcome = has_welcome(plan.service) && !arguments.service.no_welcome;
  plan.new_connection = arguments.new_connection;
  plan.hold = arguments.hold.has_value();
  plan.connections = plan.hold
                         ? number_option("--hold", *arguments.hold, most_connections)
                         : number_option("--connections", arguments.connections, most_connections);
  plan.threads = processors();
  if (arguments.threads) {
    plan.threads = number_option("--threads", *arguments.threads, most_threads);
  }
  plan.threads = std::min(plan.threads, plan.connections);
  plan.payload =
      number_option("--payload", arguments.payload,
                    plan.service == Service::echo ? most_payload : protocol::max_message_size);
  if (arguments.rate) plan.rate = real_option("--rate", *arguments.rate, least_rate, most_rate);
  if (arguments.requests) {
    plan.requests = number_option("--requests", *arguments.requests, most_requests);
  } else {
    plan.duration =
        duration_option("--duration", arguments.duration.value_or(plan.hold ? "1m" : "10s"));
  }
  if (arguments.warm_up) plan.warm_up = duration_option("--warm-up", *arguments.warm_up);
  return run;
}

// Every connection takes a descriptor.
Result<void> check_descriptors(const BenchPlan& plan) {
  posix::raise_descriptor_limit();
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return {};
  constexpr std::size_t others = 32;
  const std::size_t needed = plan.connections + plan.threads + others;
  if (needed <= limit.rlim_cur) return {};
  return failure(ExitStatus::usage,
                 fmt::format("{} connections take {} descriptors, and this process may open {}: "
                             "raise the limit with 'ulimit -n'",
                             plan.connections, needed, limit.rlim_cur));
}

// The address that is measured: where there are several, the one that a connection is made to.
Result<void> find_address(BenchRun& run) {
  auto addresses =
      resolve(run.server, run.connect.family, posix::Clock::now() + run.connect.timeout);
  if (!addresses) return tl::make_unexpected(addresses.error());
  if (addresses->size() == 1) {
    run.plan.address = addresses->front();
  } else {
    const auto connection = Connection::open(run.server, run.connect);
    if (!connection) return tl::make_unexpected(connection.error());
    auto& address = run.plan.address;
    address.size = sizeof address.storage;
    if (::getpeername(connection->descriptor(), address.get(), &address.size) != 0) {
      return failure(ExitStatus::unreachable, fmt::format("{}: {}", connection->peer(),
                                                          lower_case_cause(std::strerror(errno))));
    }
  }
  run.plan.server = peer_name(run.server, run.plan.address);
  return {};
}

Result<void> find_sources(BenchRun& run) {
  for (const auto& text : run.sources) {
    const auto endpoint = protocol::parse_endpoint(text);
    if (!endpoint || endpoint->family == protocol::Family::local || !endpoint->zone.empty()) {
      return failure(ExitStatus::usage,
                     fmt::format("--source: {} is not an IPv4 or IPv6 address", quote(text)));
    }
    const auto source = protocol::to_socket_address(*endpoint, 0);
    if (source.storage.ss_family != run.plan.address.storage.ss_family) {
      return failure(ExitStatus::usage,
                     fmt::format("--source: from {} there is no way to {}", text, run.plan.server));
    }
    const posix::Descriptor probe(
        ::socket(source.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::bind(probe.get(), source.get(), source.size) != 0) {
      return failure(ExitStatus::usage,
                     fmt::format("--source: {}: {}", text, lower_case_cause(std::strerror(errno))));
    }
    run.plan.sources.push_back(source);
  }
  return {};
}

// What the first kind of error that weighs most says.
ExitStatus status_of(const Tally& tally) {
  const auto count = [&](BenchError error) {
    return tally.errors.at(static_cast<std::size_t>(error));
  };
  if (count(BenchError::wrong_reply) + count(BenchError::closed) + count(BenchError::reset) > 0) {
    return ExitStatus::wrong_answer;
  }
  if (count(BenchError::refused) + count(BenchError::unreachable) +
          count(BenchError::no_resources) >
      0) {
    return ExitStatus::unreachable;
  }
  return ExitStatus::timed_out;
}

Result<void> judge(const BenchPlan& plan, const BenchResult& result) {
  const Tally& tally = result.tally;
  if (tally.failed() > 0) {
    return failure(status_of(tally), fmt::format("{}: {}", plan.server, errors_text(tally)));
  }
  if (tally.unsent > 0) {
    return failure(
        ExitStatus::timed_out,
        fmt::format("{}: {} requests that were due were never sent", plan.server, tally.unsent));
  }
  if (tally.replies == 0 && !result.interrupted) {
    return failure(ExitStatus::wrong_answer, fmt::format("{}: no reply was measured", plan.server));
  }
  return {};
}

Result<void> run_bench_command(BenchRun run) {
  auto files = FigureFiles::open(run.files);
  if (!files) return tl::make_unexpected(files.error());
  auto ready =
      check_descriptors(run.plan).and_then([&] { return find_address(run); }).and_then([&] {
        return find_sources(run);
      });
  if (!ready) return ready;
  const auto result = run_bench(run.plan);
  if (!result) return tl::make_unexpected(result.error());
  return files->write(run.plan, *result).and_then([&] { return judge(run.plan, *result); });
}

void add_load_options(CLI::App& command, BenchArguments& arguments) {
  add_value(command, "-c,--connections", arguments.connections, "N",
            "Connections at once (default: 1)");
  command.add_flag("-k,--new-connection", arguments.new_connection,
                   "A new connection for each request. Otherwise they are kept");
  add_value(command, "-r,--rate", arguments.rate, "R",
            "Requests that are due in a second, at even distances. Otherwise\n"
            "each connection has its next when the last is answered");
  add_value(command, "-d,--duration", arguments.duration, "TIME",
            "How long to run (default: 10s; with --hold: 1m)");
  add_value(command, "-n,--requests", arguments.requests, "N", "End after N requests instead");
  add_value(command, "--warm-up", arguments.warm_up, "TIME",
            "Run for so long before, and leave it out of the figures");
  add_value(command, "--hold", arguments.hold, "N",
            "Open N connections, keep them idle for the duration, then have\n"
            "a request on each: which of them are still there?");
}

void add_file_options(CLI::App& command, FigurePaths& paths) {
  add_value(command, "--json", paths.json, "FILE",
            "Write all figures to FILE, as one JSON object; '-' is standard\n"
            "output, instead of the summary");
  add_value(command, "--report", paths.report, "FILE",
            "Write a page to FILE that shows the run to a browser: one HTML\n"
            "file that needs no other; '-' as above");
  add_value(command, "--compare", paths.compare, "OLD",
            "With --report: lay it over the run whose --json wrote OLD");
}

}  // namespace

void add_bench(CLI::App& program, Run& run) {
  const auto arguments = std::make_shared<BenchArguments>();
  auto* const command = program.add_subcommand("bench", "Load a server and measure its answers");
  add_server_options(*command, arguments->server);
  add_load_options(*command, *arguments);
  add_service_options(*command, arguments->service);
  add_value(*command, "--payload", arguments->payload, "BYTES",
            "Bytes of each message (default: " + arguments->payload + ")");
  command
      ->add_option("--source", arguments->sources,
                   "Connect from this address. May be given again: they are taken in\n"
                   "turn, each with ports of its own")
      ->type_name("ADDRESS")
      ->allow_extra_args(false);
  add_value(*command, "--threads", arguments->threads, "N",
            "Threads of the client (default: one for each processor)");
  add_file_options(*command, arguments->files);
  command->footer(footer);
  command->callback([arguments, &run] {
    run = [planned = plan(*arguments)] { return run_bench_command(planned); };
  });
}

}  // namespace yodel::client
