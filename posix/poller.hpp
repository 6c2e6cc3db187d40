// Waiting for many sockets at once, epoll(7).
#pragma once

#include <array>
#include <span>
#include <sys/epoll.h>

#include "posix/descriptor.hpp"
#include "posix/poll.hpp"

namespace yodel::posix {

// Owns an epoll instance.
class Poller {
 public:
  // Throws std::system_error on failure.
  Poller();

  // Returns the descriptor for epoll_ctl(2), which stays owned here.
  [[nodiscard]] int descriptor() const noexcept { return epoll_.get(); }
  // Blocks until there are events or until `until`, to the nanosecond. Returns the events, which
  // are valid until the next call; none at `until` or after a signal.
  [[nodiscard]] std::span<const epoll_event> wait(Clock::time_point until);

 private:
  Descriptor epoll_;
  std::array<epoll_event, 256> events_{};
};

}  // namespace yodel::posix
