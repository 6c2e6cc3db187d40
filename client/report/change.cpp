#include "client/report/change.hpp"

#include <cmath>
#include <fmt/format.h>

#include "client/report/quantile.hpp"

namespace yodel::client {
namespace {

constexpr double percent = 100;
// On most machines two runs of the same setup differ by less than this.
constexpr double min_change = 0.05;
// With fewer values the normal approximation in range_of_percentile() does not hold.
constexpr std::uint64_t min_judged = 30;

std::string ratio_text(double now, double old) {
  constexpr double nothing = 1e-9;
  constexpr double many = 10;
  if (old < nothing) return {};
  if (now >= many * old) return fmt::format("× {:.3g}", now / old);
  return fmt::format("{:+.1f} %", (now - old) / old * percent);
}

bool is_large(double now, double old) {
  return std::abs(now - old) >= min_change * old;
}

Change::Verdict verdict_of(bool better) {
  return better ? Change::Verdict::better : Change::Verdict::worse;
}

}  // namespace

Change change_of_rate(const RunRecord& now, const RunRecord& old) {
  const double rate = now.replies_per_second;
  const double before = old.replies_per_second;
  Change change{.text = ratio_text(rate, before), .rose = rate > before};
  if (now.rate_due == old.rate_due && is_large(rate, before)) {
    change.verdict = verdict_of(rate > before);
  }
  return change;
}

Change change_of_failures(const RunRecord& now, const RunRecord& old) {
  const auto requests = [](const RunRecord& run) {
    return static_cast<double>(run.failed) + static_cast<double>(run.replies) +
           static_cast<double>(run.replies_after);
  };
  const double all = requests(now);
  const double all_before = requests(old);
  if (all <= 0 || all_before <= 0) return {};
  const auto failed = static_cast<double>(now.failed);
  // At the old run's rate of failures, this many would have failed now.
  const double expected = static_cast<double>(old.failed) / all_before * all;
  Change change{.text = ratio_text(failed, expected), .rose = failed > expected};
  // The standard deviation of a count is its square root.
  const double scatter = 2 * std::sqrt(failed + expected);
  if (std::abs(failed - expected) > scatter) change.verdict = verdict_of(failed < expected);
  if (failed != expected && (failed == 0 || expected == 0)) {
    change.verdict = verdict_of(failed == 0);
    change.text = failed == 0 ? "none now" : "none before";
  }
  return change;
}

Change change_of_time(const RunRecord& now, const RunRecord& old, std::size_t kind,
                      std::size_t figure) {
  const auto& times = *now.latencies.at(kind);
  const auto& before = *old.latencies.at(kind);
  if (!times.supports(figure) || !before.supports(figure)) return {};
  const double value = times.values.at(figure);
  const double value_before = before.values.at(figure);
  Change change{.text = ratio_text(value, value_before), .rose = value > value_before};
  const double place = LatencyRecord::figures.at(figure).percent;
  if (place == 0 || !is_large(value, value_before)) return change;
  if (times.count < min_judged || before.count < min_judged) return change;
  const Range range = range_of_percentile(times, place, now.precision);
  const Range range_before = range_of_percentile(before, place, old.precision);
  if (range.low > range_before.high || range.high < range_before.low) {
    change.verdict = verdict_of(value < value_before);
  }
  return change;
}

std::string to_html(const Change& change) {
  if (change.text.empty()) return {};
  if (change.verdict == Change::Verdict::unclear)
    return fmt::format("<small>{}</small>", change.text);
  const auto* const word = change.verdict == Change::Verdict::better ? "better" : "worse";
  return fmt::format(R"(<small class="{}">{} {} {}</small>)", word, change.rose ? "▲" : "▼",
                     change.text, word);
}

}  // namespace yodel::client
