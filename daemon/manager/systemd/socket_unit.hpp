// The settings with which systemd listens in place of the daemon: systemd.socket(5).
#pragma once

#include <string>

#include "config/settings.hpp"

namespace yodel::manager {

// Returns a [Socket] section with the listeners of the file, for a drop-in. Throws StartError if
// one of them has port 0, since systemd cannot choose a port, or a path that a unit cannot hold.
[[nodiscard]] std::string socket_unit(const config::Settings& settings);

}  // namespace yodel::manager
