// Parts of the page's tables: figures, rows, and the box in which a table scrolls.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "client/report/runs.hpp"

namespace yodel::client {

// Returns whether `is` holds for at least one of the runs.
[[nodiscard]] bool any_of(Runs runs, const std::function<bool(const RunRecord&)>& is);

// Returns a figure of the run at `side` as HTML: `text` for people, `value` as in the JSON.
[[nodiscard]] std::string data(std::size_t side, double value, std::string_view text);
// The same for a whole number; without `text` it is shown with separators.
[[nodiscard]] std::string data(std::size_t side, std::uint64_t value);
[[nodiscard]] std::string data(std::size_t side, std::uint64_t value, std::string_view text);

// Returns a row with a cell for each run. `of_run` returns the content of a cell; `changed` is
// appended to the first.
[[nodiscard]] std::string figures_row(Runs runs, std::string_view name,
                                      const std::function<std::string(std::size_t)>& of_run,
                                      const std::string& changed = {});

// Returns a table of these parts. `label` names it for screen readers.
[[nodiscard]] std::string table(std::string_view label, std::string_view classes,
                                std::string_view head, std::string_view rows);

// Returns the head of a table with a column for each run; empty if there is only one run.
[[nodiscard]] std::string run_heads(Runs runs);

}  // namespace yodel::client
