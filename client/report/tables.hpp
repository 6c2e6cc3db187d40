// The tables of the page: what came of the run, and how long things took.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "client/report/runs.hpp"

namespace yodel::client {

// HTML.
[[nodiscard]] std::string outcome_table(Runs runs);

// HTML: the figures of each of `kinds` of time, of which one of the runs has measured some.
[[nodiscard]] std::string latency_table(Runs runs, const std::vector<std::size_t>& kinds);

// "Round trip" for "round trip".
[[nodiscard]] std::string title_of(std::size_t kind);

}  // namespace yodel::client
