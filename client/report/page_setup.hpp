// Parts of the page: the setup of the run, and warnings about its figures.
#pragma once

#include <string>

#include "client/report/runs.hpp"

namespace yodel::client {

// Return HTML. Where the setups of two runs differ, the table marks it and a warning names it.
[[nodiscard]] std::string setup_section(Runs runs);
[[nodiscard]] std::string warnings(Runs runs);

}  // namespace yodel::client
