// The JSON of a run: written and read by one list of its keys.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "client/report/run_record.hpp"

namespace yodel::client {

// Returns one object on one line, as yodel.1 describes it.
[[nodiscard]] std::string to_json(const RunRecord& run);

// Reads what to_json() returned. What is there that a RunRecord has no place for is passed over.
// The error names the place, and what was expected: "line 1, column 7: …", "run.threads: …". It is
// safe for a terminal, and not long.
[[nodiscard]] tl::expected<RunRecord, std::string> parse_run(std::string_view json);

}  // namespace yodel::client
