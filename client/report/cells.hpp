// Pieces of the page's tables: figures, rows, and the place in which a table scrolls.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "client/report/runs.hpp"

namespace yodel::client {

// Returns whether `is` holds for one of the runs.
[[nodiscard]] bool any_of(Runs runs, const std::function<bool(const RunRecord&)>& is);

// A figure of the run at `side`: `text` for people, `value` as the JSON has it.
[[nodiscard]] std::string data(std::size_t side, double value, std::string_view text);
// The same of a number, with separators, and behind it what else is to be said of it.
[[nodiscard]] std::string data(std::size_t side, std::uint64_t value);
[[nodiscard]] std::string data(std::size_t side, std::uint64_t value, std::string_view text);

// A row with a cell for each run, of which `of_run` returns what is in it; `changed` stands behind
// what is in the first.
[[nodiscard]] std::string figures_row(Runs runs, std::string_view name,
                                      const std::function<std::string(std::size_t)>& of_run,
                                      const std::string& changed = {});

// A table of these parts: for those who do not see it, `label` says what it holds.
[[nodiscard]] std::string table(std::string_view label, std::string_view classes,
                                std::string_view head, std::string_view rows);

// The heads of a table that has a column for each run; empty for one run.
[[nodiscard]] std::string run_heads(Runs runs);

}  // namespace yodel::client
