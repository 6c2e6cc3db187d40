#include "posix/sibling_program.hpp"

#include <filesystem>
#include <string>
#include <system_error>

namespace yodel::posix {

std::array<std::string, 2> sibling_program_paths(std::string_view name) {
  constexpr const char* self = "/proc/self/exe";
  std::error_code error;
  const auto here = std::filesystem::read_symlink(self, error).parent_path();
  if (error) {
    throw std::system_error(error, std::string("cannot find ") + std::string(name) +
                                       ", for which /proc must be mounted and readable: " + self);
  }
  return {here / name, here.parent_path() / "libexec/yodel" / name};
}

}  // namespace yodel::posix
