// The argument of yodeld --listen: [PROTOCOL@]ADDRESS[:PORT].
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "config/settings.hpp"

namespace yodel::config {

// Reads one argument. The protocol defaults to greet, the port to the protocol's default_port(). An
// IPv6 address with a port needs brackets, "[::1]:7"; "unix:/PATH" has no port. The error says what
// was expected and what it got.
[[nodiscard]] tl::expected<Listen, std::string> parse_listen(std::string_view text);

// Returns an error that names the first two of `listeners` that cannot both listen, and the remedy;
// an empty text if there are none.
[[nodiscard]] std::string find_conflict(const std::vector<Listen>& listeners);

}  // namespace yodel::config
