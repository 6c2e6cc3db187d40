// Receiving bytes with the time of their arrival.
#pragma once

#include <cstddef>
#include <ctime>
#include <optional>
#include <span>
#include <sys/types.h>

namespace yodel::posix {

// Receives bytes from a stream socket as recv(2) does, by recvmsg(2). Sets `arrived` to the time,
// on CLOCK_REALTIME, at which the last of them reached this host, or to std::nullopt if the socket
// has no SO_TIMESTAMPING or the kernel has not stamped them. Must not be used with Unix sockets:
// descriptors that come along would stay open.
[[nodiscard]] ssize_t receive_stamped(int socket, std::span<std::byte> into, int flags,
                                      std::optional<timespec>& arrived) noexcept;

}  // namespace yodel::posix
