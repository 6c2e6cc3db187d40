// The summary of a run of `yodel bench`.
#pragma once

#include <string>

#include "client/report/run_record.hpp"

namespace yodel::client {

// Returns the summary: lines for people, at most 80 characters wide unless a word is longer.
[[nodiscard]] std::string summary_text(const RunRecord& run);

}  // namespace yodel::client
