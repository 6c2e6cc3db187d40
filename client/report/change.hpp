// How a figure has changed since the old run, and whether the change is significant.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "client/report/run_record.hpp"

namespace yodel::client {

// The change of a figure.
struct Change {
  // `unclear`: chance may explain the change, or it is below 5 %, or it is neither good nor bad.
  enum class Verdict : std::uint8_t { unclear, better, worse };
  std::string text;  // "+12.3 %", or "× 12.3" from a factor of 10; empty: nothing to compare
  Verdict verdict = Verdict::unclear;
  bool rose = false;
};

// Returns the change of the reply rate. Higher is better, unless the runs had different --rate.
[[nodiscard]] Change change_of_rate(const RunRecord& now, const RunRecord& old);
// Returns the change of the failed requests, by their share of all.
[[nodiscard]] Change change_of_failures(const RunRecord& now, const RunRecord& old);
// Returns the change of figure number `figure` of LatencyRecord::figures, of the times `kind`,
// which both runs have measured. Judges only percentiles that both runs support: minimum, maximum
// and mean depend on single values.
[[nodiscard]] Change change_of_time(const RunRecord& now, const RunRecord& old, std::size_t kind,
                                    std::size_t figure);

// Returns the change as HTML, with an arrow and a word besides the colour; empty if its text is.
[[nodiscard]] std::string to_html(const Change& change);

}  // namespace yodel::client
