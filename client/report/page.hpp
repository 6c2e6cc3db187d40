// The page of `yodel bench --report`.
#pragma once

#include <string>

#include "client/report/runs.hpp"

namespace yodel::client {

// One HTML document that needs nothing else: what was run, the figures, each with the exact value
// of the JSON as a <data value="…">, and the charts. It has no script, and its
// Content-Security-Policy lets it load nothing. All texts of the runs are escaped. `runs` has one
// run or two.
[[nodiscard]] std::string report_page(Runs runs);

// Its style sheet, style.css, as CMake puts it into the program.
extern const char* const report_style;

}  // namespace yodel::client
