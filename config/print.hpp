// From Settings to a file.
#pragma once

#include <string>

#include "config/settings.hpp"

namespace yodel::config {

// A TOML file that parse() reads back as equal settings. It holds every key, but for a listener's
// name where it has none and its port where it is a Unix socket. There is at least one listener.
[[nodiscard]] std::string print(const Settings& settings);

}  // namespace yodel::config
