// A session: the conversation with one peer, in a process of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <sys/types.h>

#include "posix/poll.hpp"
#include "posix/process_title.hpp"
#include "protocol/endpoint.hpp"
#include "protocol/launch.hpp"

namespace yodel::session {

// An accepted connection, as the acceptor hands it to the process that it forks for it.
struct Connection {
  int fd = -1;
  std::uint64_t number = 0;  // counted from 1 by the acceptor
  protocol::Peer peer;
  posix::Clock::time_point accepted;
  std::size_t welcome_sent = 0;  // bytes of the welcome that are on their way already
};

// The process that a session runs in.
struct Process {
  pid_t acceptor = 0;          // whose child it is
  posix::ProcessTitle title;   // to be written over
  std::string_view peer_text;  // the peer in words, for the title
};

// Has the conversation, closes the connection and sends a Report over the channel. Call it in a
// process of its own, with the signals of signals.hpp blocked, which it lets in. Gives the exit
// status that tells the acceptor whether the report was taken.
[[nodiscard]] int run(const Connection& connection, const protocol::Launch& terms,
                      Process process) noexcept;

}  // namespace yodel::session
