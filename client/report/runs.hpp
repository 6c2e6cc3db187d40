// The runs of a report: one, or two that are compared.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "client/report/run_record.hpp"

namespace yodel::client {

// This run and, if there are two, the old run that it is compared with.
using Runs = std::span<const RunRecord>;

// The two runs. Their classes select their colours in the style sheet.
enum class Side : std::uint8_t { this_run, old_run };
constexpr std::array<const char*, 2> side_classes{"this", "old"};
constexpr std::array<const char*, 2> side_names{"this run", "old run"};

[[nodiscard]] constexpr Side side_of(std::size_t run) noexcept {
  return run == 0 ? Side::this_run : Side::old_run;
}

// Joins the texts that `text_of` returns for the index of each run, except empty ones. Of two runs,
// each text begins with the name of its run.
[[nodiscard]] std::string of_each(Runs runs,
                                  const std::function<std::string(std::size_t)>& text_of);

// Escapes `text` for HTML, also within an attribute.
[[nodiscard]] std::string escape_html(std::string_view text);

}  // namespace yodel::client
