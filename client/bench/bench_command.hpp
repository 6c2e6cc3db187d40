// `yodel bench`: its command line.
#pragma once

#include "client/command_line.hpp"

namespace yodel::client {

[[nodiscard]] Command bench_command();

}  // namespace yodel::client
