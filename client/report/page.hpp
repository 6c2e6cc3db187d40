// The page of `yodel bench --report`.
#pragma once

#include <string>

#include "client/report/runs.hpp"

namespace yodel::client {

// Returns the page as one self-contained HTML document: the setup, the figures, each with the exact
// value of the JSON as a <data value="…">, and the charts. It has no script, and its
// Content-Security-Policy lets it load nothing. All texts of the runs are escaped. `runs` has one
// run or two.
[[nodiscard]] std::string report_page(Runs runs);

// The style sheet, style.css, which CMake compiles into the program.
extern const char* const report_style;

}  // namespace yodel::client
