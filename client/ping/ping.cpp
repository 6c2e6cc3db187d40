#include "client/ping/ping.hpp"

#include <algorithm>
#include <deque>
#include <fmt/format.h>
#include <memory>
#include <unistd.h>

#include "client/connection/peer_failure.hpp"
#include "client/connection/resolve.hpp"
#include "client/ping/connect_prober.hpp"
#include "client/ping/fresh_connection_prober.hpp"
#include "client/ping/persistent_prober.hpp"
#include "client/ping/report.hpp"
#include "client/terminal/output.hpp"
#include "text/timestamp.hpp"

namespace yodel::client::ping {
namespace {

using posix::Clock;
using namespace std::chrono_literals;

// With an interval of 0, nothing else would slow down the probes to a server that refuses them.
constexpr auto pause_after_error = 10ms;

// When the time is over, the answer to a probe younger than this may still be on its way. With an
// interval of 0 there nearly always is such a probe.
constexpr auto young = 100ms;

// Returns "127.0.0.1:9999", or for a server with a name "NAME (127.0.0.1:9999)", with the address
// that is tried first.
std::string server_name(const Target& target) {
  std::string peer = peer_name(target.server, target.addresses.front());
  const bool shown = peer.find(target.server.host) != std::string::npos;
  return shown ? peer : fmt::format("{} ({})", target.server.host, peer);
}

// One ping, from its first line to its last.
class PingRun {
 public:
  // Both are borrowed for the life of the run.
  PingRun(const PingOptions& options, const Target& target)
      : options_(options), target_(target), name_(server_name(target)) {}

  [[nodiscard]] Result<void> run() {
    probe();
    if (!printed_) return printed_;
    const auto sums = summary();
    const auto summed_up =
        print(options_.json ? summary_json(sums, WallClock::now()) : summary_text(sums));
    return summed_up ? verdict() : summed_up;
  }

 private:
  [[nodiscard]] Summary summary() const {
    return {.server = name_,
            .statistics = statistics_,
            .outstanding = under_way_.size(),
            .connections = connections_,
            .elapsed = elapsed_,
            .outages = outages_.figures(Moment::now()),
            .is_tcp = !target_.server.is_local()};
  }

  void probe() {
    const auto begin = Clock::now();
    StopCondition stop(
        options_.deadline ? posix::Deadline(begin + *options_.deadline) : std::nullopt,
        [this] { print_figures_so_far(); });
    if (!options_.json) show(announcement_text(name_, options_), stop);
    const auto prober = make_prober(stop);
    due_ = begin;
    while (!is_done() && !stop.is_met())
      step(*prober);
    elapsed_ = Clock::now() - begin;
    if (!is_done() && stop.timed_out()) lose_unanswered(stop);
    prober->finish();
    connections_ = prober->connections();
  }

  // Prints to standard error, as ping(8) does, so that standard output holds only what was asked
  // for.
  void print_figures_so_far() const {
    // The carriage return overwrites what the terminal shows for Ctrl-\.
    const char* const start = ::isatty(STDERR_FILENO) != 0 ? "\r" : "";
    print_note(start + summary_line(summary()));
  }

  // Settles the probes that have had no answer when the time is over.
  void lose_unanswered(StopCondition& stop) {
    const auto now = Clock::now();
    const auto patience = std::max<std::chrono::nanoseconds>(young, 2 * statistics_.slowest());
    while (!under_way_.empty()) {
      const auto waited = now - under_way_.front().since;
      if (statistics_.received() > 0 && waited < patience) break;
      handle(Outcome{.sequence = under_way_.front().sequence,
                     .result = lost(unanswered(waited)),
                     .local = {}},
             stop);
    }
  }

  [[nodiscard]] Failure unanswered(std::chrono::nanoseconds waited) const {
    return peer_failure(ExitStatus::timed_out, name_,
                        fmt::format("no answer for {} when the ping ended", length_text(waited)));
  }

  // Probes end in the order in which they began.
  void handle(const Outcome& outcome, StopCondition& stop) {
    outages_.add(outcome, under_way_.front().since, Moment::now());
    under_way_.pop_front();
    if (!outcome.result) due_ = std::max(due_, Clock::now() + pause_after_error);
    report(outcome, stop);
  }

  template <typename Event>
  void report(const Event& event, StopCondition& stop) {
    statistics_.add(event);
    if (options_.quiet) return;
    const auto at = WallClock::now();
    std::string line = options_.json ? event_json(event, at) : event_text(event);
    if (options_.timestamps && !options_.json) {
      line.insert(0, fmt::format("[{}] ", text::epoch_timestamp(at)));
    }
    show(line, stop);
  }

  [[nodiscard]] bool is_done() const {
    return !printed_ || (options_.count && statistics_.sent() >= *options_.count);
  }

  std::unique_ptr<Prober> make_prober(StopCondition& stop) {
    auto on_done = [this, &stop](const Outcome& outcome) { handle(outcome, stop); };
    if (options_.connects_only)
      return std::make_unique<ConnectProber>(target_, stop, outages_, on_done);
    auto on_session = [this, &stop](const Session& session) { report(session, stop); };
    if (options_.each_connects)
      return std::make_unique<FreshConnectionProber>(target_, stop, outages_, on_done, on_session);
    return std::make_unique<PersistentProber>(
        target_, stop, outages_, on_done,
        [this, &stop](const Reconnect& reconnect) { report(reconnect, stop); }, on_session);
  }

  // Sends the next probe if its time has come, and otherwise waits.
  void step(Prober& prober) {
    const bool one_by_one = options_.interval == 0ms;
    const bool may_start = (!options_.count || started_ < *options_.count) && prober.has_room() &&
                           (!one_by_one || started_ == statistics_.sent());
    if (!may_start || Clock::now() < due_) {
      prober.wait(may_start ? posix::Deadline(due_) : std::nullopt);
      return;
    }
    // Probes that could not be sent in time are not sent later in a burst.
    due_ = std::max(due_ + options_.interval, Clock::now());
    under_way_.push_back({.sequence = ++started_, .since = Clock::now()});
    prober.start(started_);
  }

  // Waits until standard output takes `text`. If its reader does not read, Ctrl-C still ends the
  // ping, and the text is dropped.
  void show(const std::string& text, StopCondition& stop) {
    if (!printed_ || text.empty()) return;
    if (stop.wait(STDOUT_FILENO, POLLOUT, std::nullopt) != 0) printed_ = print(text);
  }

  [[nodiscard]] Result<void> verdict() const {
    const auto& first = statistics_.first_failure();
    if (!first) return {};
    // Each failure has had a line of its own.
    if (!options_.quiet) return failure(first->status, {});
    return failure(first->status, fmt::format("{} of {} probes failed; the first: {}",
                                              statistics_.sent() - statistics_.received(),
                                              statistics_.sent(), first->text));
  }

  struct UnderWay {
    std::uint64_t sequence = 0;
    Clock::time_point since;
  };

  const PingOptions& options_;
  const Target& target_;
  std::string name_;
  Statistics statistics_;
  Outages outages_;
  Result<void> printed_;
  std::uint64_t started_ = 0;
  Clock::time_point due_;  // when the next probe is to be sent
  std::deque<UnderWay> under_way_;
  std::uint64_t connections_ = 0;
  std::chrono::nanoseconds elapsed_{};
};

}  // namespace

Result<void> ping(const PingOptions& options) {
  auto addresses =
      resolve(options.server, options.connect.family, Clock::now() + options.connect.timeout);
  if (!addresses) return tl::make_unexpected(addresses.error());
  const Target target{.server = options.server,
                      .addresses = std::move(*addresses),
                      .origin = options.connect.origin,
                      .connect_timeout = options.connect.timeout,
                      .timeout = options.timeout,
                      .interval = options.interval,
                      .service = options.service,
                      .size = options.size};
  return PingRun(options, target).run();
}

}  // namespace yodel::client::ping
