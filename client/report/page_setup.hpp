// What was run, and what is to be known before the figures are believed: parts of the page.
#pragma once

#include <string>

#include "client/report/runs.hpp"

namespace yodel::client {

// HTML. In what two runs differ is marked in the one and warned of in the other.
[[nodiscard]] std::string what_was_run(Runs runs);
[[nodiscard]] std::string warnings(Runs runs);

}  // namespace yodel::client
