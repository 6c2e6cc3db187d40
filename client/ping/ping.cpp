#include "client/ping/ping.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <memory>
#include <unistd.h>

#include "client/connection/resolve.hpp"
#include "client/ping/connections.hpp"
#include "client/ping/report.hpp"
#include "client/ping/round_trips.hpp"
#include "client/terminal/output.hpp"
#include "text/duration.hpp"

namespace yodel::client::ping {
namespace {

using posix::Clock;
using namespace std::chrono_literals;

// Without an interval nothing else would slow down the probes of a server that refuses them.
constexpr auto pause_after_mishap = 10ms;

// "127.0.0.1:9999"; where the server has a name, that and the address that is tried first.
std::string server_name(const Target& target) {
  std::string peer = peer_name(target.server, target.addresses.front());
  const bool shown = peer.find(target.server.host) != std::string::npos;
  return shown ? peer : fmt::format("{} ({})", target.server.host, peer);
}

// One ping, from its first line to its last.
class Course {
 public:
  // All are lent for its life.
  Course(const PingOptions& options, const Target& target)
      : options_(options), target_(target), name_(server_name(target)) {}

  [[nodiscard]] Result<void> run() {
    probe();
    if (!printed_) return printed_;
    const Summary summary{.server = name_,
                          .statistics = statistics_,
                          .outstanding = started_ - statistics_.sent(),
                          .connections = connections_,
                          .each_connects = options_.each_connects,
                          .elapsed = elapsed_};
    const auto summed_up = print(options_.json ? summary_json(summary) : summary_text(summary));
    return summed_up ? verdict() : summed_up;
  }

 private:
  void probe() {
    const auto begin = Clock::now();
    Ending ending(options_.deadline ? posix::Deadline(begin + *options_.deadline) : std::nullopt);
    if (!options_.quiet && !options_.json) show(announcement_text(name_, options_), ending);
    const auto prober = make_prober(ending);
    due_ = begin;
    while (!is_done() && !ending.has_come())
      go_on(*prober);
    prober->finish();
    connections_ = prober->connections();
    elapsed_ = Clock::now() - begin;
    out_of_time_ = !is_done() && ending.is_by_time();
  }

  [[nodiscard]] bool is_done() const {
    return !printed_ || (options_.count && statistics_.sent() >= *options_.count);
  }

  std::unique_ptr<Prober> make_prober(Ending& ending) {
    auto settle = [this, &ending](const Outcome& outcome) {
      statistics_.add(outcome);
      if (!outcome.result) due_ = std::max(due_, Clock::now() + pause_after_mishap);
      if (options_.quiet) return;
      show(options_.json ? outcome_json(outcome) : outcome_text(outcome), ending);
    };
    if (options_.each_connects) return std::make_unique<Connections>(target_, ending, settle);
    return std::make_unique<RoundTrips>(target_, ending, settle);
  }

  // Sends the next probe if it is time, or else waits for what comes.
  void go_on(Prober& prober) {
    const bool one_by_one = options_.interval == 0ms;
    const bool may_start = (!options_.count || started_ < *options_.count) && prober.has_room() &&
                           (!one_by_one || started_ == statistics_.sent());
    if (!may_start || Clock::now() < due_) {
      prober.wait(may_start ? posix::Deadline(due_) : std::nullopt);
      return;
    }
    // What could not be sent in time is not made up for by a burst.
    due_ = std::max(due_ + options_.interval, Clock::now());
    prober.start(++started_);
  }

  // A reader that does not read must not keep Ctrl-C from ending it: then nothing is shown.
  void show(const std::string& text, const Ending& ending) {
    if (!printed_ || text.empty()) return;
    if (ending.wait(STDOUT_FILENO, POLLOUT, std::nullopt) != 0) printed_ = print(text);
  }

  [[nodiscard]] Result<void> verdict() const {
    if (const auto& first = statistics_.first_failure()) {
      return failure(first->status, fmt::format("{} of {} probes failed; the first: {}",
                                                statistics_.sent() - statistics_.received(),
                                                statistics_.sent(), first->text));
    }
    if (out_of_time_ && statistics_.received() == 0) {
      return failure(ExitStatus::timed_out, fmt::format("{}: no answer within {}", name_,
                                                        text::print_duration(*options_.deadline)));
    }
    return {};
  }

  const PingOptions& options_;
  const Target& target_;
  std::string name_;
  Statistics statistics_;
  Result<void> printed_;
  std::uint64_t started_ = 0;
  Clock::time_point due_;  // when the next probe is to be sent
  std::uint64_t connections_ = 0;
  std::chrono::nanoseconds elapsed_{};
  bool out_of_time_ = false;
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
                      .service = options.service,
                      .size = options.size};
  return Course(options, target).run();
}

}  // namespace yodel::client::ping
