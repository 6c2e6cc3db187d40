#include "config/encoding.hpp"

#include <array>
#include <fmt/format.h>

namespace yodel::config {
namespace {

// What a lead byte announces: how many bytes follow, and between which the first of them lies; this
// excludes overlong forms, surrogates and what is beyond U+10FFFF (RFC 3629, section 4).
struct Lead {
  std::uint8_t first;
  std::uint8_t last;
  std::size_t following;
  std::uint8_t low;
  std::uint8_t high;
};
constexpr std::array<Lead, 9> leads{{
    {0x01, 0x7f, 0, 0x00, 0x00},
    {0xc2, 0xdf, 1, 0x80, 0xbf},
    {0xe0, 0xe0, 2, 0xa0, 0xbf},
    {0xe1, 0xec, 2, 0x80, 0xbf},
    {0xed, 0xed, 2, 0x80, 0x9f},
    {0xee, 0xef, 2, 0x80, 0xbf},
    {0xf0, 0xf0, 3, 0x90, 0xbf},
    {0xf1, 0xf3, 3, 0x80, 0xbf},
    {0xf4, 0xf4, 3, 0x80, 0x8f},
}};

std::uint8_t byte_at(std::string_view text, std::size_t i) {
  return static_cast<std::uint8_t>(text[i]);
}

// How many bytes the character at the front of `text` takes; 0: there is none.
std::size_t character_size(std::string_view text) {
  const std::uint8_t first = byte_at(text, 0);
  for (const Lead& lead : leads) {
    if (first < lead.first || first > lead.last) continue;
    if (text.size() <= lead.following) return 0;
    for (std::size_t i = 1; i <= lead.following; ++i) {
      const std::uint8_t low = i == 1 ? lead.low : 0x80;
      const std::uint8_t high = i == 1 ? lead.high : 0xbf;
      if (byte_at(text, i) < low || byte_at(text, i) > high) return 0;
    }
    return lead.following + 1;
  }
  return 0;
}

Diagnostic fault(Location where, std::uint8_t byte) {
  if (byte == 0) return {.where = where, .text = "NUL byte; expected text in UTF-8"};
  return {.where = where,
          .text = fmt::format("byte 0x{:02X} is not UTF-8; expected text in UTF-8", byte)};
}

}  // namespace

Diagnostics mend_encoding(std::string& text) {
  Diagnostics faults;
  Location here{.line = 1, .column = 1};
  for (std::size_t i = 0; i < text.size(); ++here.column) {
    const std::size_t size = character_size(std::string_view(text).substr(i));
    if (size == 0) {
      if (faults.empty() || faults.back().where.line != here.line) {
        faults.push_back(fault(here, byte_at(text, i)));
      }
      text[i] = '?';
      ++i;
      continue;
    }
    if (text[i] == '\n') here = {.line = here.line + 1, .column = 0};
    i += size;
  }
  return faults;
}

}  // namespace yodel::config
