// Suggestions for a misspelt word: "did you mean".
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace yodel::text {

// Returns the index in `words` of the word that was probably meant by `word`, or std::nullopt if
// none is near enough.
[[nodiscard]] std::optional<std::size_t> nearest(std::string_view word,
                                                 std::span<const std::string_view> words);

}  // namespace yodel::text
