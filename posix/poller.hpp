// Waiting for many sockets at once, epoll(7).
#pragma once

#include <array>
#include <span>
#include <sys/epoll.h>

#include "posix/descriptor.hpp"
#include "posix/poll.hpp"

namespace yodel::posix {

class Poller {
 public:
  // Throws std::system_error.
  Poller();

  // For epoll_ctl(2); still owned here.
  [[nodiscard]] int descriptor() const noexcept { return epoll_.get(); }
  // Waits for events until `until`, to the nanosecond. They are valid until the next call.
  [[nodiscard]] std::span<const epoll_event> wait(Clock::time_point until);

 private:
  Descriptor epoll_;
  std::array<epoll_event, 256> events_{};
};

}  // namespace yodel::posix
