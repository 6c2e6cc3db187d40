#include "manager/kernel_number.hpp"

#include <charconv>
#include <cstddef>
#include <fstream>
#include <string>

namespace yodel::manager {

std::optional<std::uint64_t> read_number(const std::filesystem::path& path, std::size_t index) {
  std::ifstream file(path);
  std::string word;
  std::uint64_t number = 0;
  for (std::size_t i = 0; i <= index; ++i) {
    if (!(file >> word)) return std::nullopt;
  }
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (error != std::errc()) return std::nullopt;
  return number;
}

}  // namespace yodel::manager
