// What toml++ finds wrong, in our own plain words.
#pragma once

#include <string_view>

#include "config/diagnostic.hpp"

namespace yodel::config {

// Returns what is wrong, and where an administrator would look for it. `offset` is where toml++
// stopped in `text`, which holds valid UTF-8 and ends in a line break, and `description` is what it
// said: "Error while parsing SCOPE: REASON".
[[nodiscard]] Diagnostic explain(std::string_view text, std::size_t offset,
                                 std::string_view description);

}  // namespace yodel::config
