// Messages over Unix sockets, and what the kernel carries along with them: unix(7).
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
// std::system_error.
[[nodiscard]] std::pair<Descriptor, Descriptor> socket_pair(int type);

struct Received {
  ssize_t size = 0;  // in bytes; -1 with errno
  pid_t sender = 0;  // the kernel's word, SCM_CREDENTIALS; 0: it said none
};
// Receives one message, recvmsg(2), without waiting, from a socket that has SO_PASSCRED. What does
// not fit into `into` is lost; descriptors that somebody sends along are closed by the kernel.
[[nodiscard]] Received receive_with_sender(int socket, std::span<std::byte> into) noexcept;

// Sends one message to `address`, sendmsg(2), without waiting, with a copy of the descriptor `fd`
// (SCM_RIGHTS) unless that is -1. Returns its size, or -1 with errno.
ssize_t send_with_descriptor(int socket, const sockaddr* address, socklen_t address_size,
                             std::string_view text, int fd) noexcept;

}  // namespace yodel::posix
