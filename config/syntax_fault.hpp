// What toml++ finds wrong, in our own plain words.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace yodel::config {

struct SyntaxFault {
  std::size_t offset;  // where an administrator would look for it
  std::string text;
};

// `offset` is where toml++ stopped in `text`, which holds valid UTF-8 and ends in a line break, and
// `description` is what it said: "Error while parsing SCOPE: REASON".
[[nodiscard]] SyntaxFault explain(std::string_view text, std::size_t offset,
                                  std::string_view description);

}  // namespace yodel::config
