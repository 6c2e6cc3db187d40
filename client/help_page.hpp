// The text of --help, in lines of at most 80 columns.
#pragma once

#include <string>
#include <vector>

namespace yodel::client {

constexpr std::size_t help_columns = 80;

// An option, an argument or a command as it is typed, and what it does.
struct HelpEntry {
  std::string head;  // "-c, --count N"
  std::string text;  // without newlines: to_string() wraps it
};

struct HelpSection {
  std::string title;
  std::vector<HelpEntry> entries;  // if empty, the section is left out
};

struct HelpPage {
  std::string summary;
  std::string usage;
  std::vector<HelpSection> sections;
  std::string footer;  // printed as it is
};

// Returns the text of the page. Wraps summary, usage and descriptions between words. A head that
// leaves no room for its description has a line of its own.
[[nodiscard]] std::string to_string(const HelpPage& page);

}  // namespace yodel::client
