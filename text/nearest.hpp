// "did you mean".
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace yodel::text {

// Which of `words` is what a hasty typist meant by `word`; nullopt: none is near enough to say so.
[[nodiscard]] std::optional<std::size_t> nearest(std::string_view word,
                                                 std::span<const std::string_view> words);

}  // namespace yodel::text
