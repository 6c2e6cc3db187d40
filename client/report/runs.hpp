// The runs of a report: one, or two that are laid over each other.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "client/report/run_record.hpp"

namespace yodel::client {

// This run and, where there is one more, the old run that it is laid over.
using Runs = std::span<const RunRecord>;

// The style sheet gives each its colour, by its class.
enum class Side : std::uint8_t { this_run, old_run };
constexpr std::array<const char*, 2> side_classes{"this", "old"};
constexpr std::array<const char*, 2> side_names{"this run", "old run"};

[[nodiscard]] constexpr Side side_of(std::size_t run) noexcept {
  return run == 0 ? Side::this_run : Side::old_run;
}

// What `say` has to say of each run, by its index, where that is not empty; of two, with its name.
[[nodiscard]] std::string of_each(Runs runs, const std::function<std::string(std::size_t)>& say);

// `text` so that it is read as text in HTML, also within an attribute.
[[nodiscard]] std::string escape_html(std::string_view text);

}  // namespace yodel::client
