#include "acceptor/retired.hpp"

#include <algorithm>

namespace yodel::acceptor {

RetiredListeners::RetiredListeners(int first, std::size_t count, Time until) noexcept
    : count_(std::min(count, sockets_.size())), until_(until) {
  for (std::size_t i = 0; i < count_; ++i)
    sockets_[i] = posix::Descriptor(first + static_cast<int>(i));
}

std::span<pollfd> RetiredListeners::watch(std::span<pollfd> fds) const noexcept {
  const auto count = std::min(count_, fds.size());
  for (std::size_t i = 0; i < count; ++i)
    fds[i] = {.fd = sockets_[i].get(), .events = POLLIN, .revents = 0};
  return fds.first(count);
}

void RetiredListeners::close_expired(std::span<const pollfd> fds, Time now) noexcept {
  if (now < until_) return;
  for (const pollfd& fd : fds) {
    if (fd.revents != 0) continue;  // a peer waits, perhaps until there is room for its session
    const auto end = sockets_.begin() + static_cast<std::ptrdiff_t>(count_);
    const auto found =
        std::find_if(sockets_.begin(), end, [&](const auto& each) { return each.get() == fd.fd; });
    if (found == end) continue;
    std::move(found + 1, end, found);
    sockets_[--count_].reset();
  }
}

posix::Deadline RetiredListeners::next_due(Time now) const noexcept {
  if (count_ == 0 || now >= until_) return std::nullopt;
  return until_;
}

}  // namespace yodel::acceptor
