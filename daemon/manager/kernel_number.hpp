// Numbers that the kernel tells in files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace yodel::manager {

// Returns the number that a file of /proc or of a cgroup holds; std::nullopt if there is no such
// file, or it holds another word, such as "max".
[[nodiscard]] std::optional<std::uint64_t> read_number(const std::filesystem::path& path);

}  // namespace yodel::manager
