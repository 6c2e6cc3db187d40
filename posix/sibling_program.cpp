#include "posix/sibling_program.hpp"

#include <cerrno>
#include <filesystem>
#include <string>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace yodel::posix {

std::array<std::string, 2> sibling_program_paths(std::string_view name) {
  constexpr const char* self = "/proc/self/exe";
  std::error_code error;
  const auto here = std::filesystem::read_symlink(self, error).parent_path();
  if (error) {
    throw std::system_error(error, std::string("cannot find ") + std::string(name) +
                                       " without a readable /proc: " + self);
  }
  return {here / name, here.parent_path() / "libexec/yodel" / name};
}

ExecFailure exec_sibling_program(std::string name, std::span<const char* const> words) {
  std::vector<std::string> strings{std::move(name)};
  strings.insert(strings.end(), words.begin(), words.end());
  std::vector<char*> arguments;
  arguments.reserve(strings.size() + 1);
  for (auto& each : strings)
    arguments.push_back(each.data());
  arguments.push_back(nullptr);
  for (const auto& path : sibling_program_paths(strings.front())) {
    ::execv(path.c_str(), arguments.data());
    if (errno != ENOENT) return {.path = path, .error = errno};
  }
  return {.path = strings.front(), .error = ENOENT};
}

}  // namespace yodel::posix
