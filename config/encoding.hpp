// Bytes that are no text.
#pragma once

#include <string>

#include "config/diagnostic.hpp"

namespace yodel::config {

// Puts a question mark in the place of every NUL and of every byte that is not UTF-8 (RFC 3629), so
// that the rest can still be checked and columns stay what they are. Tells the first of each line.
[[nodiscard]] Diagnostics mend_encoding(std::string& text);

}  // namespace yodel::config
