// Programs that are installed together with the one that runs.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

namespace yodel::posix {

// Returns where the program `name` is looked for, in this order: beside the one that runs, as in a
// build, then in libexec/yodel beside its folder, as installed. Both come from /proc/self/exe,
// proc(5), and neither from PATH, which whoever calls may set. Throws
// std::filesystem::filesystem_error if /proc cannot be read.
[[nodiscard]] std::array<std::string, 2> sibling_program_paths(std::string_view name);

// Puts the program `name` in the place of this one, execve(2), with `words` as its arguments.
// Returns only when that fails: the path that failed and errno, or ENOENT if it is in no place.
struct ExecFailure {
  std::string path;
  int error = 0;
};
[[nodiscard]] ExecFailure exec_sibling_program(std::string name,
                                               std::span<const char* const> words);

}  // namespace yodel::posix
