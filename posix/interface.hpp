// Network interfaces, netdevice(7).
#pragma once

#include <string>

namespace yodel::posix {

// Returns the index of the interface `name`, which may also be the index in digits; 0 if this host
// has no such interface.
[[nodiscard]] unsigned interface_index(const std::string& name) noexcept;

}  // namespace yodel::posix
