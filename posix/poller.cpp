#include "posix/poller.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <system_error>

namespace yodel::posix {

using std::chrono::nanoseconds;

Poller::Poller() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (!epoll_) throw std::system_error(errno, std::generic_category(), "epoll_create1");
}

std::span<const epoll_event> Poller::wait(Clock::time_point until) {
  const auto left = std::max<nanoseconds>(until - Clock::now(), nanoseconds(0));
  const auto seconds = std::chrono::floor<std::chrono::seconds>(left);
  const timespec limit{.tv_sec = seconds.count(), .tv_nsec = (left - seconds).count()};
  const int count = ::epoll_pwait2(epoll_.get(), events_.data(), static_cast<int>(events_.size()),
                                   &limit, nullptr);
  return std::span(events_).first(static_cast<std::size_t>(std::max(count, 0)));
}

}  // namespace yodel::posix
