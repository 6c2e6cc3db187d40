#include "posix/poll.hpp"

#include <algorithm>
#include <ctime>
#include <sys/syscall.h>
#include <unistd.h>

namespace yodel::posix {

Clock::time_point now_by_system_call() noexcept {
  timespec now{};
  ::syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
  return Clock::time_point(std::chrono::seconds(now.tv_sec) +
                           std::chrono::nanoseconds(now.tv_nsec));
}

Deadline earlier(Deadline a, Deadline b) noexcept {
  if (!a) return b;
  if (!b) return a;
  return std::min(*a, *b);
}

int poll_until(std::span<pollfd> fds, Deadline deadline, const sigset_t* during) noexcept {
  timespec left{};
  if (deadline) {
    const auto wait = std::max(*deadline - Clock::now(), Clock::duration::zero());
    const auto seconds = std::chrono::floor<std::chrono::seconds>(wait);
    left.tv_sec = seconds.count();
    left.tv_nsec = std::chrono::nanoseconds(wait - seconds).count();
  }
  return ::ppoll(fds.data(), fds.size(), deadline ? &left : nullptr, during);
}

}  // namespace yodel::posix
