// What systemd needs to listen in the daemon's place: systemd.socket(5).
#pragma once

#include <string>

#include "config/settings.hpp"

namespace yodel::manager {

// The [Socket] section, for a drop-in, with the listeners of the file. Throws StartError when one
// of them has port 0, which systemd cannot choose, or a path that a unit cannot hold.
[[nodiscard]] std::string socket_unit(const config::Settings& settings);

}  // namespace yodel::manager
