#include "client/command_program.hpp"

#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <string>
#include <unistd.h>
#include <vector>

#include "posix/sibling_program.hpp"

namespace yodel::client {

Result<void> run_command_program(const std::string& command, std::span<const char* const> words) {
  const std::string name = "yodel-" + command;
  std::vector<std::string> strings{name};
  strings.insert(strings.end(), words.begin(), words.end());
  std::vector<char*> arguments;
  arguments.reserve(strings.size() + 1);
  for (auto& each : strings)
    arguments.push_back(each.data());
  arguments.push_back(nullptr);
  for (const auto& path : posix::sibling_program_paths(name)) {
    ::execv(path.c_str(), arguments.data());
    if (errno != ENOENT) {
      return failure(ExitStatus::usage, fmt::format("{}: {}", path, std::strerror(errno)));
    }
  }
  return failure(
      ExitStatus::usage,
      fmt::format("'yodel {0}' is not installed; it comes in the package {1}: apt install {1}",
                  command, name));
}

}  // namespace yodel::client
