// `yodel talk`: its command line.
#pragma once

#include "client/command_line.hpp"

namespace yodel::client::talk {

[[nodiscard]] Command command();

}  // namespace yodel::client::talk
