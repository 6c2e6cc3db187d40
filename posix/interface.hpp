// Network interfaces, netdevice(7).
#pragma once

#include <string>

namespace yodel::posix {

// Returns the index of the interface that has this name or, in figures, this index; 0 if this host
// has none.
[[nodiscard]] unsigned interface_index(const std::string& name) noexcept;

}  // namespace yodel::posix
