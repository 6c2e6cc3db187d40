// `yodel talk`: its command line.
#pragma once

#include "client/command_line.hpp"

namespace yodel::client {

[[nodiscard]] Command talk_command();

}  // namespace yodel::client
