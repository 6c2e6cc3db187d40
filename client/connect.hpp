// One attempt to connect to one address.
#pragma once

#include <tl/expected.hpp>

#include "posix/descriptor.hpp"
#include "posix/poll.hpp"
#include "protocol/endpoint.hpp"

namespace yodel::client {

// A stream socket that is connected to `address`, connect(2): non-blocking, closed on exec, and
// without Nagle's delay (tcp(7), TCP_NODELAY), for a dialogue is short messages. The error is that
// of errno(3): ETIMEDOUT when `deadline` has passed.
[[nodiscard]] tl::expected<posix::Descriptor, int> connect_to(
    const protocol::SocketAddress& address, posix::Clock::time_point deadline);

}  // namespace yodel::client
