#include "posix/sibling_program.hpp"

#include <filesystem>

namespace yodel::posix {

std::array<std::string, 2> sibling_program_paths(std::string_view name) {
  const auto here = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  return {here / name, here.parent_path() / "libexec/yodel" / name};
}

}  // namespace yodel::posix
