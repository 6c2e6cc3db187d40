// `yodel echo`: its command line.
#pragma once

#include "client/command_line.hpp"

namespace yodel::client::echo {

[[nodiscard]] Command command();

}  // namespace yodel::client::echo
