// The JSON of a run, written and read by one list of its keys.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "client/report/run_record.hpp"

namespace yodel::client {

// Returns the run as one object on one line, which yodel-bench(1) describes.
[[nodiscard]] std::string to_json(const RunRecord& run);

// The limit of the JSON that is read. The largest run, eight histograms without an empty bin,
// takes 4.4 MB.
constexpr std::size_t max_run_json = std::size_t{5} << 20U;

// The version of the keys. It rises when a key is renamed or removed, not when one is added. The
// first schema, of 0.1.0 before its release, had no number.
constexpr std::uint64_t run_schema = 3;

// Why a run cannot be read.
struct RunFault {
  std::string text;    // what is wrong, with its place: "line 1, column 7: …", "run.threads: …"
  std::string remedy;  // what to do about it
};

// Reads what to_json() wrote. Ignores unknown keys, but accepts no list, text or document larger
// than a run can make it. Escapes characters in texts that would disorder a terminal or a page. The
// fault is short and safe to print on a terminal.
[[nodiscard]] tl::expected<RunRecord, RunFault> parse_run(std::string_view json);

}  // namespace yodel::client
