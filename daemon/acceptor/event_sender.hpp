// The acceptor's end of the channel to the manager.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "posix/unforked_memory.hpp"
#include "protocol/event.hpp"

namespace yodel::acceptor {

// Sends events without ever waiting. What the socket does not take now is kept, in order, in memory
// that sessions do not share, and sent later; what that memory cannot hold is lost and counted.
class EventSender {
 public:
  static constexpr std::size_t most_waiting = 16384;

  // `channel` stays the caller's. Throws std::system_error.
  explicit EventSender(int channel);

  template <typename Body>
  void send(const Body& event) noexcept {
    put(protocol::encode(event));
  }

  // Whether events wait for the socket to take them: then poll for POLLOUT and call flush().
  [[nodiscard]] bool has_waiting() const noexcept { return waiting_ > 0 && !broken_; }
  // Whether the channel is no more: the manager has gone, or a session has shut it down.
  [[nodiscard]] bool is_broken() const noexcept { return broken_; }
  void flush() noexcept;

  // How many were lost since the last call.
  [[nodiscard]] std::uint64_t take_lost() noexcept;

 private:
  void put(const protocol::EncodedEvent& event) noexcept;
  [[nodiscard]] bool try_send(const protocol::EncodedEvent& event) noexcept;

  int channel_;
  posix::UnforkedMemory memory_;
  std::span<protocol::EncodedEvent> ring_;
  std::size_t first_ = 0;
  std::size_t waiting_ = 0;
  std::uint64_t lost_ = 0;
  bool broken_ = false;
};

}  // namespace yodel::acceptor
