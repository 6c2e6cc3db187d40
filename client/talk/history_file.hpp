// The file that keeps the history of the prompt.
#pragma once

#include <filesystem>

namespace yodel::client::talk {

// Returns $XDG_STATE_HOME/yodel/history, or ~/.local/state/yodel/history if the variable is not set
// (XDG Base Directory Specification). Returns an empty path if HOME is not set either.
[[nodiscard]] std::filesystem::path history_file_path();

// Opens `path` for writing, truncated. Creates it and the folders that are missing for the owner
// alone. Returns a descriptor that the caller owns, or -1 on failure.
[[nodiscard]] int open_history_file(const std::filesystem::path& path) noexcept;

}  // namespace yodel::client::talk
