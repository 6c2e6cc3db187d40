// Invalid configuration files, and the errors that each must cause.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace yodel::tests {

struct ExpectedFault {
  std::uint32_t line;
  std::uint32_t column;
  std::string text;  // a part of the message; " ... " stands for any text

  // Returns whether `message` contains the text.
  [[nodiscard]] bool is_in(std::string_view message) const {
    constexpr std::string_view gap = " ... ";
    std::string_view rest = text;
    for (;;) {
      const auto part = rest.substr(0, rest.find(gap));
      const auto at = message.find(part);
      if (at == std::string_view::npos) return false;
      if (part.size() == rest.size()) return true;
      message.remove_prefix(at + part.size());
      rest.remove_prefix(part.size() + gap.size());
    }
  }
};

struct BadFile {
  std::string name;  // letters and digits, for the name of a test
  std::string text;
  std::vector<ExpectedFault> faults;  // all errors, in the order of the file
};

// Prints a file for GoogleTest.
inline std::ostream& operator<<(std::ostream& out, const BadFile& file) {
  return out << file.text;
}

// Returns all of them.
[[nodiscard]] std::vector<BadFile> bad_files();

}  // namespace yodel::tests
