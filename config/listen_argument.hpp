// yodeld --listen [PROTOCOL@]ADDRESS[:PORT].
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "config/settings.hpp"

namespace yodel::config {

// Reads one. Without a protocol it is greet, without a port the protocol's default_port(). An IPv6
// address with a port is in brackets, "[::1]:7"; "unix:/PATH" has none. The error says what was
// found and what was expected.
[[nodiscard]] tl::expected<Listen, std::string> parse_listen(std::string_view text);

// Returns which two of `listeners` leave each other no room, and the remedy; empty: none do.
[[nodiscard]] std::string find_conflict(const std::vector<Listen>& listeners);

}  // namespace yodel::config
