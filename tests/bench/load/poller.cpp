#include "load/poller.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <stdexcept>
#include <system_error>

#include "posix/poll.hpp"

namespace yodel::bench {

Poller::Poller() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (!epoll_) throw std::system_error(errno, std::generic_category(), "epoll_create1");
}

void Poller::control(int operation, int fd, std::size_t index, bool writing) const {
  epoll_event event{};
  event.events = EPOLLIN | (writing ? std::uint32_t{EPOLLOUT} : 0U);
  event.data.u64 = index;
  if (::epoll_ctl(epoll_.get(), operation, fd, &event) < 0) {
    throw std::system_error(errno, std::generic_category(), "epoll_ctl");
  }
}

void Poller::watch(int fd, std::size_t index, bool writing) {
  control(EPOLL_CTL_ADD, fd, index, writing);
}

void Poller::watch_again(int fd, std::size_t index, bool writing) {
  control(EPOLL_CTL_MOD, fd, index, writing);
}

std::span<const std::size_t> Poller::wait(std::chrono::milliseconds patience) {
  const auto deadline = posix::Clock::now() + patience;
  int count = 0;
  do {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - posix::Clock::now());
    count = ::epoll_wait(epoll_.get(), events_.data(), static_cast<int>(events_.size()),
                         static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
  } while (count < 0 && errno == EINTR);
  if (count < 0) throw std::system_error(errno, std::generic_category(), "epoll_wait");
  if (count == 0) throw std::runtime_error("the server has stopped answering");
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i)
    ready_[i] = events_[i].data.u64;
  return std::span(ready_).first(static_cast<std::size_t>(count));
}

}  // namespace yodel::bench
