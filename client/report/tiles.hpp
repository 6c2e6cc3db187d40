// What a reader wants to know first: parts of the page.
#pragma once

#include <string>

#include "client/report/runs.hpp"

namespace yodel::client {

// HTML: rate, p50, p99 and failures, each with that of the old run, if there is one, and what has
// become of it.
[[nodiscard]] std::string tiles(Runs runs);

}  // namespace yodel::client
