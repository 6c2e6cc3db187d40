// The JSON of a run: written and read by one list of its keys.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "client/report/run_record.hpp"

namespace yodel::client {

// Returns one object on one line, as yodel-bench(1) describes it.
[[nodiscard]] std::string to_json(const RunRecord& run);

// More than to_json() returns of any run: six histograms without an empty bin take 3.3 MB.
constexpr std::size_t max_run_json = std::size_t{4} << 20U;

// The form of the object. It rises when a key is renamed or goes, not when one is added. The first,
// of 0.1.0 before its release, had no number.
constexpr std::uint64_t run_schema = 3;

// Why a run cannot be read.
struct RunFault {
  std::string text;    // what is wrong, with its place: "line 1, column 7: …", "run.threads: …"
  std::string remedy;  // what helps
};

// Reads what to_json() returned. What is there that a RunRecord has no place for is passed over,
// but no list, no text and not the whole may be larger than a run can make it. In the texts,
// characters that would disorder a terminal or a page are escaped. The fault is safe for a
// terminal, and short.
[[nodiscard]] tl::expected<RunRecord, RunFault> parse_run(std::string_view json);

}  // namespace yodel::client
