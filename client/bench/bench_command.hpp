// `yodel bench`: its command line.
#pragma once

#include "client/command_line.hpp"

namespace yodel::client::bench {

[[nodiscard]] Command command();

}  // namespace yodel::client::bench
