// The file that keeps what was typed at the prompt.
#pragma once

#include <filesystem>

namespace yodel::client::talk {

// $XDG_STATE_HOME/yodel/history, ~/.local/state where the variable is not set (XDG Base Directory
// Specification). Empty: neither variable names a place.
[[nodiscard]] std::filesystem::path history_file_path();

// Opens `path` for writing, emptied, for its owner alone, and makes the folders that it lacks, for
// their owner alone too. -1: that failed. The caller owns the descriptor.
[[nodiscard]] int open_history_file(const std::filesystem::path& path) noexcept;

}  // namespace yodel::client::talk
