// Messages over Unix sockets with credentials or a descriptor: unix(7).
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <sys/socket.h>
#include <sys/types.h>
#include <utility>

#include "posix/descriptor.hpp"

namespace yodel::posix {

// Returns two connected sockets of `type`, such as SOCK_STREAM, socketpair(2). Throws
// std::system_error on failure.
[[nodiscard]] std::pair<Descriptor, Descriptor> socket_pair(int type);

struct Received {
  ssize_t size = 0;  // in bytes; -1 on failure, with errno
  pid_t sender = 0;  // as the kernel reports it, SCM_CREDENTIALS; 0 if it does not
};
// Receives one message from a socket with SO_PASSCRED, without blocking: recvmsg(2). Discards what
// does not fit into `into`. The kernel closes any descriptors that were sent along.
[[nodiscard]] Received receive_with_sender(int socket, std::span<std::byte> into) noexcept;

// Sends one message to `address` without blocking, sendmsg(2), with a copy of the descriptor `fd`
// (SCM_RIGHTS) unless it is -1. Returns the size of the message, or -1 with errno.
ssize_t send_with_descriptor(int socket, const sockaddr* address, socklen_t address_size,
                             std::string_view text, int fd) noexcept;

}  // namespace yodel::posix
