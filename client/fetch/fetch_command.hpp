// `yodel fetch`: its command line.
#pragma once

#include "client/command_line.hpp"

namespace yodel::client {

[[nodiscard]] Command fetch_command();

}  // namespace yodel::client
