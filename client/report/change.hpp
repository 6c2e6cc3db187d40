// What has become of a figure since the old run, and whether that says anything.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "client/report/run_record.hpp"

namespace yodel::client {

struct Change {
  // `unclear`: chance alone may make as much, or it is less than 5 %, or neither is good or bad.
  enum class Verdict : std::uint8_t { unclear, better, worse };
  std::string text;  // "+12.3 %", or from ten times on "× 12.3"; empty: there is nothing to compare
  Verdict verdict = Verdict::unclear;
  bool rose = false;
};

// Of the rate of replies: more is better, unless different rates were asked for.
[[nodiscard]] Change change_of_rate(const RunRecord& now, const RunRecord& old);
// Of the requests that failed, by their part of all.
[[nodiscard]] Change change_of_failures(const RunRecord& now, const RunRecord& old);
// Of figure number `figure` of LatencyRecord::figures, of the times `kind`, which both runs have
// measured. Only a percentile that both carry is judged: least, greatest and mean hang on single
// values.
[[nodiscard]] Change change_of_time(const RunRecord& now, const RunRecord& old, std::size_t kind,
                                    std::size_t figure);

// HTML: with an arrow and a word besides the colour. Empty if the text is.
[[nodiscard]] std::string to_html(const Change& change);

}  // namespace yodel::client
