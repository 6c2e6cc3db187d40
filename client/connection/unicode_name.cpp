#include "client/connection/unicode_name.hpp"

#include <algorithm>
#include <clocale>

#include "text/utf8.hpp"

namespace yodel::client {
namespace {

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const auto size = text::character_size(text);
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

}  // namespace

bool is_unicode_name(std::string_view name) noexcept {
  return std::any_of(name.begin(), name.end(),
                     [](char c) { return static_cast<unsigned char>(c) > 0x7f; });
}

void set_character_set_for(std::string_view name) noexcept {
  // glibc has C.UTF-8 built in since 2.35.
  if (is_utf8(name) && std::setlocale(LC_CTYPE, "C.UTF-8") != nullptr) return;
  static_cast<void>(std::setlocale(LC_CTYPE, ""));
}

}  // namespace yodel::client
