// The text of --help, in lines of at most 80 columns.
#pragma once

#include <string>
#include <vector>

namespace yodel::client {

constexpr std::size_t help_columns = 80;

// An option, an argument or a command: what to type, and what it does.
struct HelpEntry {
  std::string head;  // "-c, --count N"
  std::string text;  // without newlines: it is wrapped
};

struct HelpSection {
  std::string title;
  std::vector<HelpEntry> entries;  // none: the section is left out
};

struct HelpPage {
  std::string summary;
  std::string usage;
  std::vector<HelpSection> sections;
  std::string footer;  // printed as it is
};

// Wraps summary, usage and texts between words. A head that leaves no room for its text has a line
// of its own.
[[nodiscard]] std::string to_string(const HelpPage& page);

}  // namespace yodel::client
