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

// Waits for sockets to become ready.
class Poller {
 public:
  // Throws std::system_error.
  Poller();

  // Adds `fd`, which wait() returns as `index` when it is readable and, if `writing`, when it is
  // writable. Closing `fd` removes it.
  void watch(int fd, std::size_t index, bool writing = false);
  // Replaces the index and the events of an `fd` that was added.
  void watch_again(int fd, std::size_t index, bool writing);

  // Waits until some sockets are ready and returns their indices, which are valid until the next
  // call. Throws std::runtime_error if none is ready within `patience`.
  [[nodiscard]] std::span<const std::size_t> wait(std::chrono::milliseconds patience);

 private:
  void control(int operation, int fd, std::size_t index, bool writing) const;

  posix::Descriptor epoll_;
  std::array<epoll_event, 256> events_{};
  std::array<std::size_t, 256> ready_{};
};

}  // namespace yodel::bench
