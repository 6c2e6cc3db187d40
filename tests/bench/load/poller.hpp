// Waiting for many sockets, epoll(7).
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <sys/epoll.h>

#include "posix/descriptor.hpp"

namespace yodel::bench {

class Poller {
 public:
  // Throws std::system_error.
  Poller();

  // Tells of `fd` as `index` when something can be read from it, and with `writing` also when it
  // takes something. It is forgotten when it is closed.
  void watch(int fd, std::size_t index, bool writing = false);
  void watch_again(int fd, std::size_t index, bool writing);

  // Waits until some are ready and gives which; valid until the next call. Throws
  // std::runtime_error when none is for so long: the server does not answer any more.
  [[nodiscard]] std::span<const std::size_t> wait(std::chrono::milliseconds patience);

 private:
  void control(int operation, int fd, std::size_t index, bool writing) const;

  posix::Descriptor epoll_;
  std::array<epoll_event, 256> events_{};
  std::array<std::size_t, 256> ready_{};
};

}  // namespace yodel::bench
