// Configuration files with faults, and what has to be said of each.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

namespace yodel::tests {

struct ExpectedFault {
  std::uint32_t line;
  std::uint32_t column;
  std::string text;  // a part of the message
};

struct BadFile {
  std::string name;  // letters and digits, for a test's name
  std::string text;
  std::vector<ExpectedFault> faults;  // all that is told, in the order of the file
};

// What GoogleTest shows of it.
inline std::ostream& operator<<(std::ostream& out, const BadFile& file) {
  return out << file.text;
}

[[nodiscard]] std::vector<BadFile> bad_files();

}  // namespace yodel::tests
