// Programs that are installed together with the running one.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

namespace yodel::posix {

// Returns the paths at which to look for the program `name`, in this order: beside the running
// program, as in a build, and in libexec/yodel beside its folder, as installed. Both are derived
// from /proc/self/exe, proc(5), and not from PATH, which the caller can set. Throws
// std::system_error if /proc cannot be read.
[[nodiscard]] std::array<std::string, 2> sibling_program_paths(std::string_view name);

// Replaces this program by the program `name`, execve(2), with `words` as its arguments. Returns
// only on failure: the path that failed and its errno, or `name` and ENOENT if no path has the
// program.
struct ExecFailure {
  std::string path;
  int error = 0;
};
[[nodiscard]] ExecFailure exec_sibling_program(std::string name,
                                               std::span<const char* const> words);

}  // namespace yodel::posix
