// Numbers in files of the kernel.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>

namespace yodel::manager {

// Returns the number at `index` in a file of /proc or of a cgroup, or std::nullopt if there is no
// such file or the word there is not a number, such as "max".
[[nodiscard]] std::optional<std::uint64_t> read_number(const std::filesystem::path& path,
                                                       std::size_t index = 0);

}  // namespace yodel::manager
