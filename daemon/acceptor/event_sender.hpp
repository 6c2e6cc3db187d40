// The acceptor's end of the channel to the manager.
#pragma once

#include "protocol/event.hpp"
#include "protocol/scoreboard.hpp"

namespace yodel::acceptor {

// Sends events without ever waiting. What the socket does not take now waits on the scoreboard, in
// order, and is sent later; events for which that has no room are lost and counted there. Should
// the acceptor be killed, the manager finds what waits.
class EventSender {
 public:
  // `channel` and the scoreboard's memory stay the caller's.
  EventSender(int channel, protocol::Scoreboard scoreboard) noexcept
      : channel_(channel), scoreboard_(scoreboard) {}

  template <typename Body>
  void send(const Body& event) noexcept {
    put(protocol::encode(event));
  }

  // Returns whether events wait for the socket to take them: then poll for POLLOUT and call
  // flush().
  [[nodiscard]] bool has_waiting() const noexcept { return waiting() > 0 && !broken_; }
  // Returns whether the channel is no more: the manager has gone, or a session has shut it down.
  [[nodiscard]] bool is_broken() const noexcept { return broken_; }
  void flush() noexcept;

 private:
  void put(const protocol::EncodedEvent& event) noexcept;
  [[nodiscard]] bool try_send(const protocol::EncodedEvent& event) noexcept;
  [[nodiscard]] std::uint64_t waiting() const noexcept {
    return scoreboard_.header().last - scoreboard_.header().first;
  }

  int channel_;
  protocol::Scoreboard scoreboard_;
  bool broken_ = false;
};

}  // namespace yodel::acceptor
