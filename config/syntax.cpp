#include "config/syntax.hpp"

#include <fmt/format.h>
#include <string>

#include "config/syntax_fault.hpp"
#include "config/toml_library.hpp"
#include "config/toml_text.hpp"
#include "text/utf8.hpp"

namespace yodel::config {
namespace {

using Document = tl::expected<std::shared_ptr<const toml::table>, Diagnostic>;

Document parse(std::string_view text);

std::string not_text(char c) {
  if (c == 0) return "NUL byte; expected text in UTF-8";
  return fmt::format("byte 0x{:02X} is not UTF-8; expected text in UTF-8",
                     static_cast<std::uint8_t>(c));
}

// The first byte that is no text.
std::optional<Diagnostic> find_encoding_fault(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t size = text::character_size(text.substr(i));
    if (size == 0) return fault_at(text, i, not_text(text[i]));
    i += size;
  }
  return std::nullopt;
}

// `offset` is where toml++ stopped.
Diagnostic fault_of(std::string_view text, std::size_t offset, std::string_view description) {
  // toml++ tells some faults of a [header] only after having read on to the next line.
  const std::string_view before = text.substr(0, offset);
  if (before.ends_with('\n') &&
      description.find("table header: cannot") != std::string_view::npos) {
    if (const auto parsed = parse(before); !parsed) return parsed.error();
  }
  return explain(text, offset, description);
}

Diagnostic deep_fault(std::string_view text, std::size_t offset) {
  return fault_at(text, offset,
                  fmt::format("key of more than {} parts; expected one or two", max_parts));
}

// `text` holds valid UTF-8 and ends in a line break.
Document parse(std::string_view text) {
  // toml++ makes a table of each part of a key, and walks them by recursion. So of a deep key it
  // sees no more than the dot that is too many, after which no text may end.
  const auto deep = scan(text).deep_key;
  try {
    return std::make_shared<const toml::table>(
        toml::parse(deep ? text.substr(0, *deep + 1) : text));
  } catch (const toml::parse_error& error) {
    const auto [line, column] = error.source().begin;
    const std::size_t offset = offset_of(text, {.line = line, .column = column});
    const bool too_deep = deep && offset > *deep;
    return tl::unexpected(too_deep ? deep_fault(text, *deep)
                                   : fault_of(text, offset, error.description()));
  }
}

}  // namespace

tl::expected<std::shared_ptr<const toml::table>, Diagnostic> read_document(std::string_view text) {
  constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  if (const auto fault = find_encoding_fault(text)) return tl::unexpected(*fault);
  // With this, what is cut short is cut short by a line break, of which toml++ says more.
  return parse(std::string(text) + '\n');
}

}  // namespace yodel::config
