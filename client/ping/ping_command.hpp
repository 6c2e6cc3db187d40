// `yodel ping`: its command line.
#pragma once

#include "client/command_line.hpp"

namespace yodel::client::ping {

[[nodiscard]] Command command();

}  // namespace yodel::client::ping
