// Writes Settings as a file.
#pragma once

#include <string>

#include "config/settings.hpp"

namespace yodel::config {

// Returns a TOML file that parse() reads back as equal settings. It has every key, except `name`
// for a listener without one, and `port`, `socket_buffer` and `allow` for a Unix socket. `settings`
// must have at least one listener.
[[nodiscard]] std::string print(const Settings& settings);

}  // namespace yodel::config
