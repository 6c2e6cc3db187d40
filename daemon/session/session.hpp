// A session: one conversation with one peer, in a process of its own.
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

// An accepted connection, as the acceptor leaves it to the session's process.
struct Connection {
  int fd = -1;
  std::uint64_t number = 0;  // counted from 1 by the acceptor
  protocol::Peer peer;
  posix::Clock::time_point accepted;
  std::size_t welcome_sent = 0;  // bytes of the welcome that the acceptor has already sent
};

// The process that a session runs in.
struct Process {
  pid_t acceptor = 0;          // its parent
  posix::ProcessTitle title;   // the acceptor's, which the session overwrites
  std::string_view peer_text;  // to_string(peer), for the title
};

// Holds the conversation, shuts the connection down and sends a Report over the channel. Must be
// called in a process of its own, with the signals of signals.hpp blocked; unblocks them. Returns
// the process's exit status, protocol::exit_reported or protocol::exit_unreported, which tells the
// acceptor whether the report was sent.
[[nodiscard]] int run(const Connection& connection, const protocol::Launch& terms,
                      Process process) noexcept;

}  // namespace yodel::session
