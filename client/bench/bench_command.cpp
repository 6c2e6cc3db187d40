#include "client/bench/bench_command.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <functional>
#include <memory>
#include <sched.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/bench/bench.hpp"
#include "client/bench/report/page.hpp"
#include "client/bench/report/run_record.hpp"
#include "client/bench/summary.hpp"
#include "client/output.hpp"
#include "client/quote.hpp"
#include "client/resolve.hpp"
#include "client/target_file.hpp"
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

constexpr std::size_t most_connections = 1'000'000;
constexpr std::size_t most_threads = 256;
constexpr std::size_t most_payload = std::size_t{16} << 20U;
constexpr double most_rate = 1e7;

// As CLI11 fills it in.
struct BenchArguments {
  ServerOptions server;
  std::string protocol = "greet";
  bool no_welcome = false;
  bool unframed = false;
  bool new_connection = false;
  std::size_t connections = 1;
  std::optional<std::size_t> threads;
  std::size_t payload = 16;
  std::optional<double> rate;
  std::optional<std::uint64_t> requests;
  std::optional<std::string> duration;
  std::optional<std::string> warm_up;
  std::optional<std::size_t> hold;
  std::vector<std::string> sources;
  std::string json;
  std::string report;
  std::string compare;
};

// As it was checked, but for what takes the server's address.
struct BenchRun {
  ServerAddress server;
  ConnectOptions connect;
  BenchPlan plan;
  std::vector<std::string> sources;
  std::string json;
  std::string report;
  std::string compare;
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
  if (!arguments.compare.empty() && arguments.report.empty()) {
    throw CLI::ValidationError(
        "--compare: needs --report, the page where the two runs are laid over each other");
  }
  if (arguments.json == "-" && arguments.report == "-") {
    throw CLI::ValidationError("--report: standard output is taken by --json already");
  }
  if (arguments.protocol == "greet" && arguments.payload > protocol::max_message_size) {
    throw CLI::ValidationError(
        fmt::format("--payload: {} is more than a message of greet may have, {} bytes",
                    arguments.payload, protocol::max_message_size));
  }
  if (arguments.protocol == "echo" && (arguments.no_welcome || arguments.unframed)) {
    throw CLI::ValidationError(
        fmt::format("{}: does not go with the echo protocol, which has neither welcome nor framing",
                    arguments.no_welcome ? "--no-welcome" : "--unframed"));
  }
}

Service service_of(const BenchArguments& arguments) {
  if (arguments.protocol == "echo") return Service::echo;
  return arguments.unframed ? Service::greet_unframed : Service::greet_lines;
}

BenchRun plan(const BenchArguments& arguments) {
  check_combination(arguments);
  BenchRun run;
  run.server = server_address(arguments.server);
  run.connect = connect_options(arguments.server);
  run.sources = arguments.sources;
  run.json = plain(arguments.json);
  run.report = plain(arguments.report);
  run.compare = plain(arguments.compare);
  BenchPlan& plan = run.plan;
  plan.connect_timeout = run.connect.timeout;
  plan.timeout = duration_option("--timeout", arguments.server.timeout);
  plan.service = service_of(arguments);
  plan.welcome = has_welcome(plan.service) && !arguments.no_welcome;
  plan.new_connection = arguments.new_connection;
  plan.hold = arguments.hold.has_value();
  plan.connections = arguments.hold.value_or(arguments.connections);
  plan.threads = std::min(arguments.threads.value_or(processors()), plan.connections);
  plan.payload = arguments.payload;
  plan.rate = arguments.rate;
  plan.requests = arguments.requests;
  if (!plan.requests) {
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

// What `path` holds, of a file that `yodel bench --json` wrote.
Result<RunRecord> read_run(const std::string& path) {
  constexpr std::size_t most = std::size_t{64} << 20U;
  const posix::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  const auto failed = [&](std::string_view what) {
    return failure(ExitStatus::usage, fmt::format("{}: {}", escaped(path), what));
  };
  constexpr std::string_view expected = " (expected a file that 'yodel bench --json' has written)";
  if (!file) return failed(std::strerror(errno));
  std::string text;
  std::array<char, 65536> block{};
  while (const ssize_t size = ::read(file.get(), block.data(), block.size())) {
    if (size < 0) return failed(std::strerror(errno));
    text.append(block.data(), static_cast<std::size_t>(size));
    if (text.size() > most) return failed(fmt::format("is larger than 64 MiB{}", expected));
  }
  auto run = parse_run(text);
  if (!run) return failed(run.error() + std::string(expected));
  return std::move(*run);
}

// What the figures are written to: nullopt where `path` is empty.
Result<std::optional<TargetFile>> open_target(const std::string& path) {
  if (path.empty()) return std::nullopt;
  if (path == "-") return TargetFile::standard_output();
  return TargetFile::open(path, TargetFile::Existing::replace);
}

// The files are there before the run, so that what is in their way shows before it.
struct Targets {
  std::optional<TargetFile> json;
  std::optional<TargetFile> report;
};

Result<void> write(std::optional<TargetFile>& target, const std::function<std::string()>& text) {
  if (!target) return {};
  return target->write(text()).and_then([&] { return target->commit(); });
}

// Writes everything that can be written; the first failure is what there is to say.
Result<void> write_figures(const BenchRun& run, const BenchResult& result, Targets& targets,
                           std::vector<RunRecord> old_run) {
  const bool output_is_taken = run.json == "-" || run.report == "-";
  const auto summary = output_is_taken ? Result<void>() : print(summary_text(run.plan, result));
  const std::string figures = summary_json(run.plan, result);
  auto json = write(targets.json, [&] { return std::string(figures); });
  auto report = write(targets.report, [&] {
    old_run.insert(old_run.begin(), parse_run(figures).value());
    return report_page(old_run);
  });
  return summary.and_then([&] { return json; }).and_then([&] { return report; });
}

Result<void> run_bench_command(BenchRun run) {
  std::vector<RunRecord> old_run;
  if (!run.compare.empty()) {
    auto read = read_run(run.compare);
    if (!read) return tl::make_unexpected(read.error());
    old_run.push_back(std::move(*read));
  }
  auto ready =
      check_descriptors(run.plan).and_then([&] { return find_address(run); }).and_then([&] {
        return find_sources(run);
      });
  if (!ready) return ready;
  auto json = open_target(run.json);
  if (!json) return tl::make_unexpected(json.error());
  auto report = open_target(run.report);
  if (!report) return tl::make_unexpected(report.error());
  Targets targets{.json = std::move(*json), .report = std::move(*report)};
  const auto result = run_bench(run.plan);
  if (!result) return tl::make_unexpected(result.error());
  return write_figures(run, *result, targets, std::move(old_run)).and_then([&] {
    return judge(run.plan, *result);
  });
}

void add_load_options(CLI::App& command, BenchArguments& arguments) {
  const auto last = CLI::MultiOptionPolicy::TakeLast;
  command.add_option("-c,--connections", arguments.connections, "Connections at once (default: 1)")
      ->type_name("N")
      ->check(CLI::Range(std::size_t{1}, most_connections).description(""))
      ->multi_option_policy(last);
  command.add_flag("-k,--new-connection", arguments.new_connection,
                   "A new connection for each request. Otherwise they are kept");
  command
      .add_option("-r,--rate", arguments.rate,
                  "Requests that are due in a second, at even distances. Otherwise\n"
                  "each connection has its next when the last is answered")
      ->type_name("R")
      ->check(CLI::Range(1e-3, most_rate).description(""))
      ->multi_option_policy(last);
  command
      .add_option("-d,--duration", arguments.duration,
                  "How long to run (default: 10s; with --hold: 1m)")
      ->type_name("TIME")
      ->multi_option_policy(last);
  command.add_option("-n,--requests", arguments.requests, "End after N requests instead")
      ->type_name("N")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 60U).description(""))
      ->multi_option_policy(last);
  command
      .add_option("--warm-up", arguments.warm_up,
                  "Run for so long before, and leave it out of the figures")
      ->type_name("TIME")
      ->multi_option_policy(last);
  command
      .add_option("--hold", arguments.hold,
                  "Open N connections, keep them idle for the duration, then have\n"
                  "a request on each: which of them are still there?")
      ->type_name("N")
      ->check(CLI::Range(std::size_t{1}, most_connections).description(""))
      ->multi_option_policy(last);
}

void add_message_options(CLI::App& command, BenchArguments& arguments) {
  const auto last = CLI::MultiOptionPolicy::TakeLast;
  command.add_option("--protocol", arguments.protocol, "greet or echo (default: greet)")
      ->type_name("NAME")
      ->check(CLI::IsMember({"greet", "echo"}).description(""))
      ->multi_option_policy(last);
  command.add_flag("--no-welcome", arguments.no_welcome,
                   "Do not wait for a welcome: the server sends none");
  command.add_flag("--unframed", arguments.unframed, "Send messages without a newline");
  command.add_option("--payload", arguments.payload, "Bytes of each message (default: 16)")
      ->type_name("BYTES")
      ->check(CLI::Range(std::size_t{1}, most_payload).description(""))
      ->multi_option_policy(last);
}

void add_file_options(CLI::App& command, BenchArguments& arguments) {
  const auto last = CLI::MultiOptionPolicy::TakeLast;
  command
      .add_option("--json", arguments.json,
                  "Write all figures to FILE, as one JSON object; '-' is standard\n"
                  "output, instead of the summary")
      ->type_name("FILE")
      ->multi_option_policy(last);
  command
      .add_option("--report", arguments.report,
                  "Write a page to FILE that shows the run to a browser: one HTML\n"
                  "file that needs no other; '-' as above")
      ->type_name("FILE")
      ->multi_option_policy(last);
  command
      .add_option("--compare", arguments.compare,
                  "Lay the report over the run whose --json wrote OLD")
      ->type_name("OLD")
      ->multi_option_policy(last);
}

}  // namespace

void add_bench(CLI::App& program, Run& run) {
  const auto arguments = std::make_shared<BenchArguments>();
  auto* const command = program.add_subcommand("bench", "Load a server and measure its answers");
  add_server_options(*command, arguments->server);
  add_load_options(*command, *arguments);
  add_message_options(*command, *arguments);
  command
      ->add_option("--source", arguments->sources,
                   "Connect from this address. May be given again: they are taken in\n"
                   "turn, each with ports of its own")
      ->type_name("ADDRESS")
      ->allow_extra_args(false);
  command
      ->add_option("--threads", arguments->threads,
                   "Threads of the client (default: one for each processor)")
      ->type_name("N")
      ->check(CLI::Range(std::size_t{1}, most_threads).description(""))
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  add_file_options(*command, *arguments);
  command->footer(footer);
  command->callback([arguments, &run] {
    run = [planned = plan(*arguments)] { return run_bench_command(planned); };
  });
}

}  // namespace yodel::client
