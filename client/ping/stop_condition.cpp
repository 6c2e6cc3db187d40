#include "client/ping/stop_condition.hpp"

#include <array>

namespace yodel::client::ping {

bool StopCondition::is_met() noexcept {
  return interrupts_.arrived() || timed_out();
}

short StopCondition::wait(int fd, short events, posix::Deadline deadline, int connecting) {
  for (;;) {
    std::array<pollfd, 4> fds{{{.fd = fd, .events = events, .revents = 0},
                               {.fd = connecting, .events = POLLOUT, .revents = 0},
                               {.fd = interrupts_.descriptor(), .events = POLLIN, .revents = 0},
                               {.fd = quit_signals_.descriptor(), .events = POLLIN, .revents = 0}}};
    const int ready = posix::poll_until(fds, posix::earlier(deadline, end_));
    if (ready <= 0) return 0;
    if (quit_signals_.take()) on_quit_();
    if (fds[0].revents != 0 || fds[1].revents != 0 || fds[2].revents != 0) return fds[0].revents;
  }
}

}  // namespace yodel::client::ping
