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
  if (c == 0) return "expected UTF-8 text, got a NUL byte";
  return fmt::format("expected UTF-8 text, got byte 0x{:02X}", static_cast<std::uint8_t>(c));
}

// Returns an error at the first byte that is not UTF-8 text.
std::optional<Diagnostic> find_encoding_fault(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t size = text::character_size(text.substr(i));
    if (size == 0) return fault_at(text, i, not_text(text[i]));
    i += size;
  }
  return std::nullopt;
}

// Returns the error for toml++'s `description`; `offset` is where toml++ stopped.
Diagnostic fault_of(std::string_view text, std::size_t offset, std::string_view description) {
  // toml++ reports some errors in a [header] only after it has read on to the next line.
  const std::string_view before = text.substr(0, offset);
  if (before.ends_with('\n') &&
      description.find("table header: cannot") != std::string_view::npos) {
    if (const auto parsed = parse(before); !parsed) return parsed.error();
  }
  return explain(text, offset, description);
}

Diagnostic deep_fault(std::string_view text, std::size_t offset) {
  return fault_at(text, offset,
                  fmt::format("key with more than {} parts; expected at most two", max_parts));
}

// Parses `text`, which must be valid UTF-8 and end in a line break.
Document parse(std::string_view text) {
  // toml++ makes a table of each part of a key and visits them by recursion, so a deep key could
  // overflow the stack. Hence the text is cut behind the first dot too many, where toml++ must stop
  // with an error.
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
  // With a final line break, toml++ explains text that is cut short at a line break, in more detail
  // than at the end of the file.
  return parse(std::string(text) + '\n');
}

}  // namespace yodel::config
