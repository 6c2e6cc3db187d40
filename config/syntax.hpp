// Parses text into TOML tables.
#pragma once

#include <memory>
#include <string_view>
#include <tl/expected.hpp>

#include "config/diagnostic.hpp"
#include "config/toml_names.hpp"

namespace yodel::config {

// Returns the tables in `text`, which may begin with a byte order mark. The error is at the first
// byte that is not UTF-8 text or, if there is none, the first syntax error.
[[nodiscard]] tl::expected<std::shared_ptr<const toml::table>, Diagnostic> read_document(
    std::string_view text);

}  // namespace yodel::config
