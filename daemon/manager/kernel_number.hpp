// Numbers that the kernel tells in files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>

namespace yodel::manager {

// Returns the number that a file of /proc or of a cgroup holds, the first one or that at `index`;
// std::nullopt if there is no such
// file, or it holds another word, such as "max".
[[nodiscard]] std::optional<std::uint64_t> read_number(const std::filesystem::path& path,
                                                       std::size_t index = 0);

}  // namespace yodel::manager
