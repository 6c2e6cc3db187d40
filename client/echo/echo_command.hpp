// `yodel echo`: its command line.
#pragma once

#include "client/command_line.hpp"

namespace yodel::client {

[[nodiscard]] Command echo_command();

}  // namespace yodel::client
