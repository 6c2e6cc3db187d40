// Rewrites toml++'s syntax errors for administrators.
#pragma once

#include <string_view>

#include "config/diagnostic.hpp"

namespace yodel::config {

// Returns the error, placed where an administrator would look for its cause. `offset` is where
// toml++ stopped in `text`, which must be valid UTF-8 and end in a line break; `description` is
// toml++'s own text: "Error while parsing SCOPE: REASON".
[[nodiscard]] Diagnostic explain(std::string_view text, std::size_t offset,
                                 std::string_view description);

}  // namespace yodel::config
