// An error or a warning about a file, and its place there.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace yodel::config {

// A place in the file. Lines and columns count from 1, columns in characters. Line 0 means the file
// as a whole.
struct Location {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 reports every operator<=>
  friend auto operator<=>(const Location&, const Location&) = default;
};

enum class Severity : std::uint8_t { error, warning };

struct Diagnostic {
  Location where{};
  Severity severity = Severity::error;
  std::string text;  // what was expected and what the file has instead; no final period
};
using Diagnostics = std::vector<Diagnostic>;

// Returns the line to print:
// "yodeld.toml:7:8: error: unknown key 'adress' in [[listen]]; did you mean 'address'?"
[[nodiscard]] std::string format(std::string_view file, const Diagnostic& diagnostic);

}  // namespace yodel::config
