// Incoming connections, before they have a process.
#pragma once

#include <cstddef>
#include <string_view>

#include "posix/descriptor.hpp"
#include "protocol/endpoint.hpp"
#include "protocol/launch.hpp"

namespace yodel::acceptor {

// The result of accept_next().
struct Incoming {
  posix::Descriptor connection;  // empty: there was none
  protocol::Peer peer;
  int error = 0;  // errno of a failure after which accepting must pause, such as EMFILE; or 0
};
// Accepts the next connection from `listener`, accept(2), without waiting for one. A connection
// that has already gone is not an error.
[[nodiscard]] Incoming accept_next(int listener) noexcept;

// Returns what the server sends first, before it has read anything: the welcome, or nothing.
[[nodiscard]] std::string_view first_words(const protocol::Launch& launch) noexcept;

// Sends as much of `text` as the kernel accepts without blocking, and returns the number of bytes.
[[nodiscard]] std::size_t send_at_once(int connection, std::string_view text) noexcept;

// Sends protocol::too_many_error and closes the TCP connection. Never sees what the peer has sent.
void turn_away(posix::Descriptor connection) noexcept;

// Resets the TCP connection without sending anything.
void reset(posix::Descriptor connection) noexcept;

}  // namespace yodel::acceptor
