// What is wrong with a file, and where.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace yodel::config {

// A place in the file, counted from 1, the column in characters. Line 0: the file as a whole.
struct Location {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  // NOLINTNEXTLINE(modernize-use-nullptr): a false alarm of clang-tidy 14 at every operator<=>
  friend auto operator<=>(const Location&, const Location&) = default;
};

enum class Severity : std::uint8_t { error, warning };

struct Diagnostic {
  Location where{};
  Severity severity = Severity::error;
  std::string text;  // what was found and what was expected; no final period
};
using Diagnostics = std::vector<Diagnostic>;

// "yodeld.toml:7:8: error: unknown key 'adress' in [[listen]]; did you mean 'address'?"
[[nodiscard]] std::string format(std::string_view file, const Diagnostic& diagnostic);

}  // namespace yodel::config
