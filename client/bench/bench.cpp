#include "client/bench/bench.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <barrier>
#include <fmt/format.h>
#include <memory>
#include <numeric>
#include <optional>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

#include "client/bench/script.hpp"
#include "client/bench/worker.hpp"
#include "client/measure/figures.hpp"
#include "client/terminal/interrupts.hpp"
#include "client/terminal/progress_line.hpp"
#include "posix/poll.hpp"
#include "text/counted.hpp"

namespace yodel::client::bench {
namespace {

using posix::Clock;
using std::chrono::duration;
using namespace std::chrono_literals;

constexpr auto progress_interval = 500ms;
constexpr auto watch_interval = 20ms;

class BenchRunner {
 public:
  explicit BenchRunner(const BenchPlan& plan) : plan_(plan), script_(plan.service, plan.payload) {
    for (std::size_t i = 0; i < plan.threads; ++i)
      workers_.push_back(std::make_unique<Worker>(plan, script_, i, stop_));
  }

  BenchResult run() {
    std::optional<Interrupts> interrupts(std::in_place);
    BenchResult result;
    result.started = std::chrono::system_clock::now();
    std::barrier opened(static_cast<std::ptrdiff_t>(plan_.threads), [this]() noexcept { begin(); });
    {
      std::vector<std::jthread> threads;
      for (const auto& worker : workers_) {
        threads.emplace_back([this, &opened, &worker = *worker] {
          worker.open();
          opened.arrive_and_wait();
          worker.run(start_);
          ++finished_;
        });
      }
      result.interrupted = watch(interrupts);
    }
    if (!plan_.new_connection) result.opened = opened_;
    for (const auto& worker : workers_)
      result.tally.merge(worker->tally());
    result.elapsed = result.tally.last;
    if (plan_.duration && !plan_.hold && !nothing_to_run_ && !cut_short_) {
      result.elapsed = *plan_.duration;
    }
    return result;
  }

 private:
  // Runs once, when every thread has opened its connections. The requests are divided among the
  // threads that have a connection.
  void begin() noexcept {
    start_ = Clock::now();
    opened_ = sum(&Worker::opened_so_far);
    const auto participates = [](const auto& worker) { return worker->participates(); };
    const auto all = std::count_if(workers_.begin(), workers_.end(), participates);
    nothing_to_run_ = all == 0;
    std::size_t index = 0;
    for (const auto& worker : workers_) {
      if (participates(worker)) worker->divide(index++, static_cast<std::size_t>(all));
    }
    begun_ = true;
  }

  // Waits until every thread has finished. Returns whether a signal asked for that.
  bool watch(std::optional<Interrupts>& interrupts) {
    ProgressLine line(::isatty(STDERR_FILENO) != 0);
    bool interrupted = false;
    auto shown_at = Clock::now();
    std::uint64_t replies_shown = 0;  // total at the last update
    while (finished_ < plan_.threads) {
      const auto until = Clock::now() + watch_interval;
      std::array<pollfd, 1> fds{
          {{.fd = interrupts ? interrupts->descriptor() : -1, .events = POLLIN, .revents = 0}}};
      static_cast<void>(posix::poll_until(fds, until));
      if (interrupts && interrupts->arrived()) {
        // A second signal kills the process.
        interrupts.reset();
        interrupted = true;
        cut_short_ = !begun_ || Clock::now() < end();
        stop_ = true;
      }
      const auto now = Clock::now();
      if (!line.wanted() || now - shown_at < progress_interval) continue;
      const auto replies = sum(&Worker::replies_so_far);
      line.show(progress(now, static_cast<double>(replies - replies_shown) /
                                  duration<double>(now - shown_at).count()));
      shown_at = now;
      replies_shown = replies;
    }
    return interrupted;
  }

  // Returns when the requested duration ends.
  [[nodiscard]] Clock::time_point end() const {
    return start_ + plan_.warm_up + plan_.duration.value_or(0ns);
  }

  [[nodiscard]] std::uint64_t sum(std::uint64_t (Worker::*count)() const) const {
    return std::accumulate(
        workers_.begin(), workers_.end(), std::uint64_t{0},
        [count](std::uint64_t sum, const auto& worker) { return sum + (*worker.*count)(); });
  }

  [[nodiscard]] std::string progress(Clock::time_point now, double rate) const {
    auto errors = text::counted(sum(&Worker::errors_so_far), "error");
    const auto opened = sum(&Worker::opened_so_far);
    if (!plan_.new_connection && (!begun_ || opened < plan_.connections)) {
      errors =
          fmt::format("{} of {} open, {}", grouped(opened), grouped(plan_.connections), errors);
    }
    if (!begun_) return plan_.new_connection ? "starting" : errors;
    const auto seconds_to = [now](Clock::time_point end) {
      return fmt::format("{:.0f} s left", std::max(0.0, duration<double>(end - now).count()));
    };
    const std::string text =
        fmt::format("{} replies/s, {}", grouped(static_cast<std::uint64_t>(rate)), errors);
    if (sum(&Worker::leaving) == plan_.threads) return text + ", waiting for the server to close";
    if (plan_.hold && now < end()) {
      return fmt::format("{} idle, {}, {}", grouped(opened), errors, seconds_to(end()));
    }
    const auto measured_from = start_ + plan_.warm_up;
    if (now < measured_from) return fmt::format("{}, warm-up: {}", text, seconds_to(measured_from));
    if (!plan_.duration) {
      return fmt::format("{}, {} of {}", text, grouped(sum(&Worker::measured_so_far)),
                         grouped(plan_.requests.value_or(0)));
    }
    if (now < end()) return fmt::format("{}, {}", text, seconds_to(end()));
    return text + ", waiting for the last replies";
  }

  const BenchPlan& plan_;
  Script script_;
  std::vector<std::unique_ptr<Worker>> workers_;
  Clock::time_point start_;
  std::uint64_t opened_ = 0;
  std::atomic<bool> stop_{false};
  std::atomic<bool> begun_{false};
  std::atomic<bool> nothing_to_run_{false};
  bool cut_short_ = false;  // a signal came before the end
  std::atomic<std::size_t> finished_{0};
};

}  // namespace

double BenchResult::rate() const {
  return elapsed <= 0ns ? 0 : static_cast<double>(replies()) / duration<double>(elapsed).count();
}

Result<BenchResult> run_bench(const BenchPlan& plan) {
  try {
    return BenchRunner(plan).run();
  } catch (const std::system_error& error) {
    return failure(ExitStatus::usage, fmt::format("cannot run the benchmark: {}", error.what()));
  }
}

}  // namespace yodel::client::bench
