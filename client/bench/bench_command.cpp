#include <algorithm>
#include <fmt/format.h>
#include <memory>
#include <unistd.h>

#include "client/bench/bench.hpp"
#include "client/bench/figure_files.hpp"
#include "client/bench/record.hpp"
#include "client/bench/setup.hpp"
#include "client/connection/origin_options.hpp"
#include "client/connection/server_options.hpp"
#include "client/exchange/service_options.hpp"
#include "client/report/words.hpp"
#include "protocol/greet.hpp"

namespace yodel::client::bench {
namespace {

using namespace std::chrono_literals;

constexpr const char* footer =
    "By default the load is a closed loop: each connection sends its next request\n"
    "after the reply to its last one. A server that stalls then gets fewer requests,\n"
    "and the percentiles hide the stall: coordinated omission. With --rate the load\n"
    "is an open loop: requests are due at even intervals, whatever the server does.\n"
    "The time 'since intended start' counts from when a request was due, which\n"
    "corrects for coordinated omission; 'round trip' counts from when it was sent.\n"
    "The send delay is how late requests were sent although a connection was free.\n"
    "\n"
    "Examples:\n"
    "  yodel bench                            one connection, for 10 seconds\n"
    "  yodel bench -c 16 --new-connection     a new connection for each request\n"
    "  yodel bench localhost -c 100 --rate 5000 -d 1m --json run.json\n"
    "  yodel bench ::1 9998 --protocol echo --size 1000\n"
    "  yodel bench --protocol probe           how much of it is the server's?\n"
    "  yodel bench --hold 1000 -d 10m         who survives ten minutes of silence?\n"
    "  yodel bench --json new.json --report new.html --compare old.json\n";

constexpr std::uint64_t max_connections = 1'000'000;
constexpr std::uint64_t max_requests = 1'000'000'000'000;
constexpr std::uint64_t max_threads = 256;
constexpr std::uint64_t max_payload = std::uint64_t{16} << 20U;  // of echo
constexpr double min_rate = 0.001;
constexpr double max_rate = 10'000'000;

// The command line. Its plan lacks what set_up() finds out.
struct BenchRun {
  ServerOptions server;
  BenchPlan plan;
  std::optional<std::size_t> connections;
  std::optional<std::size_t> hold;
  FigurePaths files;
};

Checked check_combination(const BenchRun& run) {
  const BenchPlan& plan = run.plan;
  if (run.hold && (run.connections || plan.new_connection || plan.rate || plan.requests ||
                   plan.warm_up > 0ns)) {
    return tl::make_unexpected(
        "--hold sends one request on each of its connections: it cannot be combined with "
        "--connections, --new-connection, --rate, --count or --warm-up");
  }
  if (plan.requests && plan.duration) {
    return tl::make_unexpected(
        "--count cannot be combined with --duration: either one ends the run");
  }
  if (!run.files.compare.empty() && run.files.report.empty()) {
    return tl::make_unexpected(
        "--compare needs --report, which writes the page that shows both runs");
  }
  return {};
}

// greet limits the size of a message, echo does not.
Checked check_size(const BenchRun& run) {
  if (run.plan.service.protocol == protocol::Protocol::echo) return {};
  const auto checked =
      read_whole_number(std::to_string(run.plan.payload), protocol::max_message_size);
  if (!checked) return tl::make_unexpected("--size: " + checked.error());
  return {};
}

// Fills in the parts of the plan that depend on more than one option.
void complete(BenchRun& run) {
  BenchPlan& plan = run.plan;
  plan.connect_timeout = run.server.connect.timeout;
  plan.timeout = run.server.timeout;
  plan.hold = run.hold.has_value();
  plan.connections = run.hold.value_or(run.connections.value_or(1));
  plan.threads = std::min(plan.threads, plan.connections);
  if (!plan.requests && !plan.duration) plan.duration = plan.hold ? 1min : 10s;
}

// Returns the status of the gravest error: a wrong or missing reply, then no connection, then a
// timeout.
ExitStatus status_of(const Tally& tally) {
  const auto count = [&](RequestError error) { return count_of(tally.errors, error); };
  if (count(RequestError::wrong_reply) + count(RequestError::closed) + count(RequestError::reset) >
      0) {
    return ExitStatus::wrong_answer;
  }
  if (count(RequestError::refused) + count(RequestError::unreachable) +
          count(RequestError::no_resources) >
      0) {
    return ExitStatus::unreachable;
  }
  return ExitStatus::timed_out;
}

Result<void> judge(const BenchPlan& plan, const BenchResult& result) {
  const Tally& tally = result.tally;
  if (tally.failed() > 0) {
    return failure(status_of(tally), fmt::format("{}: {}", plan.server,
                                                 failures_text(tally.errors, tally.first_cause)));
  }
  if (tally.unsent > 0) {
    return failure(ExitStatus::timed_out,
                   fmt::format("{}: {} but never sent", plan.server, requests_due(tally.unsent)));
  }
  if (tally.replies == 0 && !result.interrupted) {
    return failure(ExitStatus::wrong_answer, fmt::format("{}: no reply was measured", plan.server));
  }
  return {};
}

Result<void> run_bench_command(BenchRun run) {
  complete(run);
  auto files = FigureFiles::open(run.files);
  if (!files) return tl::make_unexpected(files.error());
  auto ready = set_up(run.plan, run.server);
  if (!ready) return ready;
  const auto result = run_bench(run.plan);
  if (!result) return tl::make_unexpected(result.error());
  return files->write(record_of(run.plan, *result)).and_then([&] {
    return judge(run.plan, *result);
  });
}

void add_load_options(Options& options, BenchRun& run) {
  BenchPlan& plan = run.plan;
  options.value("-c,--connections", "N", "Number of connections (default: 1)",
                whole_number(run.connections, max_connections));
  options.flag("--new-connection", plan.new_connection,
               "Open a new connection for each request, instead of keeping them");
  options.value("-r,--rate", "R",
                "Open loop: R requests are due per second, at even intervals. Without it, a closed "
                "loop: each connection sends its next request after the last reply",
                number(plan.rate, min_rate, max_rate));
  options.value("-d,--duration", "TIME", "How long to run (default: 10s; with --hold: 1m)",
                duration(plan.duration));
  options.value("-n,--count", "N", "End after N requests instead of after a time",
                whole_number(plan.requests, max_requests));
  options.value("--warm-up", "TIME", "Run this long first, and leave it out of the figures",
                duration(plan.warm_up));
  options.value("--hold", "N",
                "Open N connections, keep them idle for the duration, then send a request on each: "
                "which of them are still open?",
                whole_number(run.hold, max_connections));
}

void add_file_options(Options& options, FigurePaths& paths) {
  options.value(
      "--json", "FILE",
      "Write all figures to FILE, as one JSON object; '-' is standard output, in place of "
      "the summary",
      file_name(paths.json));
  options.value(
      "--report", "FILE",
      "Write a page that shows the run to FILE: self-contained HTML for a browser; '-' as "
      "above",
      file_name(paths.report));
  options.value("--compare", "OLD", "With --report: compare with the run that --json wrote to OLD",
                file_name(paths.compare));
}

Run declare(Options& options) {
  const auto run = std::make_shared<BenchRun>();
  run->plan.threads = processors();
  add_server_argument(options, run->server,
                      [run] { return default_port(run->plan.service.protocol); });
  add_load_options(options, *run);
  add_service_options(options, run->plan.service);
  options.value("--size", "BYTES",
                fmt::format("Size of each message (default: {})", run->plan.payload),
                whole_number(run->plan.payload, max_payload));
  add_origin_options(options, run->server, run->plan.origins);
  options.value("-t,--threads", "N", "Threads of the client (default: one per processor)",
                whole_number(run->plan.threads, max_threads));
  add_file_options(options, run->files);
  options.check([run] { return check_combination(*run); });
  options.check([run] { return check_size(*run); });
  return [run] { return run_bench_command(*run); };
}

}  // namespace

Command command() {
  return {.name = "bench",
          .summary = "Load a server and measure how fast it replies",
          .footer = footer,
          .declare = declare};
}

}  // namespace yodel::client::bench
