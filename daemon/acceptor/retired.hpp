// Retired listeners: sockets that the acceptor's own listening socket replaced at a reload.
#pragma once

#include <array>
#include <cstddef>
#include <poll.h>
#include <span>

#include "posix/descriptor.hpp"
#include "posix/poll.hpp"
#include "protocol/launch.hpp"

namespace yodel::acceptor {

// Keeps these sockets open while a connection may still complete there. None begins at them any
// more, but a handshake that had begun may take a minute. So they stay open until a point in time,
// and after that until their queues are empty.
class RetiredListeners {
 public:
  using Time = posix::Clock::time_point;

  // Takes ownership of the `count` descriptors from `first` on, which stay open until `until`.
  RetiredListeners(int first, std::size_t count, Time until) noexcept;

  // Fills `fds` with the sockets to poll for POLLIN, and returns the part that it has filled.
  [[nodiscard]] std::span<pollfd> watch(std::span<pollfd> fds) const noexcept;
  // If the time has passed at `now`, closes those sockets of `fds`, as polled, whose queue is
  // empty.
  void close_expired(std::span<const pollfd> fds, Time now) noexcept;
  // Closes all of them. Inline, so that a session, which usually has none, does not touch another
  // page of the program for this.
  void close_all() noexcept {
    while (count_ > 0)
      sockets_[--count_].reset();
  }
  // Returns when to call close_expired() even if no descriptor is ready, or std::nullopt.
  [[nodiscard]] posix::Deadline next_due(Time now) const noexcept;

 private:
  std::array<posix::Descriptor, protocol::max_retired> sockets_;
  std::size_t count_;  // the sockets after these are closed
  Time until_;
};

}  // namespace yodel::acceptor
