#include "client/help_page.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <string_view>
#include <utility>

namespace yodel::client {
namespace {

// The column at which descriptions begin. The longest common head, "-s, --server HOST[:PORT]", fits
// before it.
constexpr std::size_t text_column = 28;
constexpr std::string_view head_indent = "  ";

// Adds `text` to `page`, whose last line has `used` columns. Indents the lines after that one by
// `indent`.
void append_wrapped(std::string& page, std::string_view text, std::size_t used,
                    std::size_t indent) {
  bool begins_line = true;
  while (!text.empty()) {
    const auto word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    if (!begins_line && used + 1 + word.size() > help_columns) {
      page += '\n';
      page.append(indent, ' ');
      used = indent;
      begins_line = true;
    }
    if (!std::exchange(begins_line, false)) {
      page += ' ';
      ++used;
    }
    page += word;
    used += word.size();
  }
  page += '\n';
}

void append_entry(std::string& page, const HelpEntry& entry) {
  const std::string head = std::string(head_indent) + entry.head;
  page += head;
  if (head.size() + head_indent.size() > text_column) {
    page += '\n';
    page.append(text_column, ' ');
  } else {
    page.append(text_column - head.size(), ' ');
  }
  append_wrapped(page, entry.text, text_column, text_column);
}

}  // namespace

std::string to_string(const HelpPage& page) {
  std::string text;
  append_wrapped(text, page.summary, 0, 0);
  text += '\n';
  append_wrapped(text, "Usage: " + page.usage, 0, std::string_view("Usage: ").size());
  for (const auto& section : page.sections) {
    if (section.entries.empty()) continue;
    fmt::format_to(std::back_inserter(text), "\n{}:\n", section.title);
    for (const auto& entry : section.entries)
      append_entry(text, entry);
  }
  return text + "\n" + page.footer;
}

}  // namespace yodel::client
