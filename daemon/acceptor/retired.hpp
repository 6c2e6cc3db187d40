// Listening sockets that the acceptor's own has replaced at a reload.
#pragma once

#include <array>
#include <cstddef>
#include <poll.h>
#include <span>

#include "posix/descriptor.hpp"
#include "posix/poll.hpp"
#include "protocol/launch.hpp"

namespace yodel::acceptor {

// No connection begins at them any more, but a handshake that had begun still ends there, and may
// take a minute. So they stay open for a time, and then until nobody waits in their queues.
class RetiredListeners {
 public:
  using Time = posix::Clock::time_point;

  // Owns the first `count` descriptors from `first` on, which close once `until` has passed.
  RetiredListeners(int first, std::size_t count, Time until) noexcept;

  // Writes to `fds` what is to be polled for POLLIN, and returns it.
  [[nodiscard]] std::span<pollfd> watch(std::span<pollfd> fds) const noexcept;
  // Closes, once their time is over at `now`, those of the polled `fds` where nobody waits.
  void close_expired(std::span<const pollfd> fds, Time now) noexcept;
  // Inline: a session that has none to close runs no other page of the program for it.
  void close_all() noexcept {
    while (count_ > 0)
      sockets_[--count_].reset();
  }
  // Returns when close_expired() has something to do that no event tells of.
  [[nodiscard]] posix::Deadline next_due(Time now) const noexcept;

 private:
  std::array<posix::Descriptor, protocol::max_retired> sockets_;
  std::size_t count_;  // those after it are empty
  Time until_;
};

}  // namespace yodel::acceptor
