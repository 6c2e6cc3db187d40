// Bytes that are no text.
#pragma once

#include <optional>
#include <string_view>

#include "config/diagnostic.hpp"

namespace yodel::config {

// Returns the first byte that is NUL or not UTF-8 (RFC 3629) as a fault; nullopt: there is none.
[[nodiscard]] std::optional<Diagnostic> find_encoding_fault(std::string_view text);

}  // namespace yodel::config
