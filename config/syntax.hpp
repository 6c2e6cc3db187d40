// From text to TOML tables.
#pragma once

#include <memory>
#include <string_view>
#include <tl/expected.hpp>

#include "config/diagnostic.hpp"
#include "config/toml_names.hpp"

namespace yodel::config {

// Returns the file's tables. The error is the first byte that is no text; of a text, the first
// fault of syntax. A byte order mark is no fault.
[[nodiscard]] tl::expected<std::shared_ptr<const toml::table>, Diagnostic> read_document(
    std::string_view text);

}  // namespace yodel::config
