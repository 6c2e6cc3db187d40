// A run of `yodel bench` in words.
#pragma once

#include <string>

#include "client/report/run_record.hpp"

namespace yodel::client {

// Returns some lines for a person.
[[nodiscard]] std::string summary_text(const RunRecord& run);

}  // namespace yodel::client
