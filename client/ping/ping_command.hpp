// `yodel ping`: its command line.
#pragma once

#include "client/command_line.hpp"

namespace yodel::client {

[[nodiscard]] Command ping_command();

}  // namespace yodel::client
