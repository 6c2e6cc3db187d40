#include "client/ping/ending.hpp"

#include <array>

namespace yodel::client::ping {

bool Ending::has_come() noexcept {
  return interrupts_.arrived() || is_by_time();
}

short Ending::wait(int fd, short events, posix::Deadline deadline) const {
  std::array<pollfd, 2> fds{{{.fd = fd, .events = events, .revents = 0},
                             {.fd = interrupts_.descriptor(), .events = POLLIN, .revents = 0}}};
  const int ready = posix::poll_until(fds, posix::earlier(deadline, end_));
  return ready > 0 ? fds[0].revents : short{0};
}

}  // namespace yodel::client::ping
