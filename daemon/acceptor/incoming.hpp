// Connections as they come in, before there is a process for them.
#pragma once

#include <cstddef>
#include <string_view>

#include "posix/descriptor.hpp"
#include "protocol/endpoint.hpp"
#include "protocol/launch.hpp"

namespace yodel::acceptor {

struct Incoming {
  posix::Descriptor connection;  // empty: none has come
  protocol::Peer peer;
  int error = 0;  // the system is short of something, and accepting must rest; 0: it is not
};
// Takes the next connection off the queue of `listener`, accept(2), without waiting.
[[nodiscard]] Incoming accept_next(int listener) noexcept;

// Returns what the server says first, before it has read anything.
[[nodiscard]] std::string_view first_words(const protocol::Launch& launch) noexcept;

// Sends as much of `text` as the kernel takes at once and returns how many bytes that was.
[[nodiscard]] std::size_t send_at_once(int connection, std::string_view text) noexcept;

// Sends protocol::too_many_error and closes the TCP connection. Reads nothing that the peer sent.
void turn_away(posix::Descriptor connection) noexcept;

// Closes a TCP connection by a reset, without a word.
void reset(posix::Descriptor connection) noexcept;

}  // namespace yodel::acceptor
