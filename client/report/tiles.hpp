// The key figures at the top of the page.
#pragma once

#include <string>

#include "client/report/runs.hpp"

namespace yodel::client {

// Returns rate, p50, p99 and failures as HTML, each with the value of the old run, if there is one,
// and the change.
[[nodiscard]] std::string tiles(Runs runs);

}  // namespace yodel::client
