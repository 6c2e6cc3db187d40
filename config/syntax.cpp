#include "config/syntax.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/encoding.hpp"
#include "config/syntax_fault.hpp"
#include "config/toml_library.hpp"
#include "config/toml_text.hpp"

namespace yodel::config {
namespace {

std::string without_byte_order_mark(std::string_view text) {
  constexpr std::string_view mark = "\xef\xbb\xbf";
  return std::string(text.starts_with(mark) ? text.substr(mark.size()) : text);
}

bool parses(std::string_view text) {
  try {
    static_cast<void>(toml::parse(text));
    return true;
  } catch (const toml::parse_error&) {
    return false;
  }
}

// Where toml++ met the fault. It tells some faults of a [header] only after having read on to the
// next line; that it was so shows in the lines before being at fault without that line.
std::size_t fault_offset(std::string_view text, const toml::parse_error& error) {
  const auto where = error.source().begin;
  const std::size_t offset = offset_of(text, {.line = where.line, .column = where.column});
  const bool header = error.description().find("table header: cannot") != std::string_view::npos;
  if (!header || offset == 0 || where.column != 1) return offset;
  return parses(text.substr(0, offset)) ? offset : offset - 1;
}

// Parses file texts, each time without the lines that were at fault before.
class Recovery {
 public:
  explicit Recovery(std::string text) : text_(std::move(text)) {}

  Document run() {
    Document document;
    std::optional<toml::table> root;
    while (document.syntax.size() < max_faults && !root) {
      const auto fault = try_parse(root);
      if (!fault) continue;
      document.syntax.push_back(
          {.where = location_of(text_, fault->reported.offset), .text = fault->reported.text});
      if (!take_out_line(fault->met)) break;
    }
    if (root) {
      remove_stand_ins(*root);
      document.root = std::make_shared<const toml::table>(std::move(*root));
    }
    return document;
  }

 private:
  struct Fault {
    SyntaxFault reported;
    std::size_t met;  // in the line that has to go
  };

  std::optional<Fault> try_parse(std::optional<toml::table>& root) const {
    // toml++ makes a table of each part of a key, and walks them by recursion.
    if (const auto deep = deep_key(text_)) {
      return Fault{
          {*deep, fmt::format("key of more than {} parts; expected one or two", max_parts)}, *deep};
    }
    try {
      root = toml::parse(text_);
      return std::nullopt;
    } catch (const toml::parse_error& error) {
      const std::size_t met = fault_offset(text_, error);
      return Fault{explain(text_, met, error.description()), met};
    }
  }

  // Blanks the line that holds `offset`. A [header] leaves a stand-in, lest the keys below it count
  // as the previous table's. False: the line cannot be told from its neighbours.
  bool take_out_line(std::size_t offset) {
    const std::size_t start = line_start(text_, offset);
    const std::size_t end = line_end(text_, start);
    const std::string line = text_.substr(start, end - start);
    const bool header = line.find_first_not_of(" \t") == line.find('[') && !line.empty();
    const bool long_string = line.find(R"(""")") != npos || line.find("'''") != npos;
    if (open_at_end(std::string_view(text_).substr(0, start))) return false;
    if (header ? long_string : open_at_end(line).has_value()) return false;
    std::string replacement;
    if (header) {
      // No file has this key by accident.
      replacement = fmt::format("\\u0000 stand-in for line {}", location_of(text_, start).line);
      stand_ins_.push_back('\0' + replacement.substr(6));
      replacement = "[\"" + replacement + "\"]";
    }
    if (line == replacement) return false;
    text_.replace(start, line.size(), replacement);
    return true;
  }

  void remove_stand_ins(toml::table& root) const {
    for (const std::string& name : stand_ins_)
      root.erase(name);
  }

  static constexpr auto npos = std::string::npos;
  std::string text_;
  std::vector<std::string> stand_ins_;
};

}  // namespace

Document read_document(std::string_view text) {
  std::string whole = without_byte_order_mark(text);
  // With this, what is cut short is cut short by a line break, of which toml++ says more.
  if (!whole.ends_with('\n')) whole += '\n';
  Diagnostics encoding = mend_encoding(whole);
  Document document;
  if (encoding.size() < max_faults) document = Recovery(std::move(whole)).run();
  document.encoding = std::move(encoding);
  return document;
}

}  // namespace yodel::config
