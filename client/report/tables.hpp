// The tables of the page: the outcome of the run, and the latencies.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "client/report/runs.hpp"

namespace yodel::client {

// Returns the counts and rates of the runs as HTML.
[[nodiscard]] std::string outcome_table(Runs runs);

// Returns the latency figures of each of `kinds` as HTML. At least one run has measured each kind.
[[nodiscard]] std::string latency_table(Runs runs, const std::vector<std::size_t>& kinds);

// Returns the name of a kind of time with a capital: "Round trip".
[[nodiscard]] std::string title_of(std::size_t kind);

}  // namespace yodel::client
