// `yodel fetch`: its command line.
#pragma once

#include "client/command_line.hpp"

namespace yodel::client::fetch {

[[nodiscard]] Command command();

}  // namespace yodel::client::fetch
