// The acceptor's end of the channel to the manager.
#pragma once

#include "protocol/event.hpp"
#include "protocol/scoreboard.hpp"

namespace yodel::acceptor {

// Sends events and never blocks. Events for which the socket has no room wait in the scoreboard's
// ring, in order, where the manager finds them if the acceptor is killed. Drops an event, and
// counts it as lost in the scoreboard, when the ring is full.
class EventSender {
 public:
  // The caller owns `channel` and the scoreboard's memory.
  EventSender(int channel, protocol::Scoreboard scoreboard) noexcept
      : channel_(channel), scoreboard_(scoreboard) {}

  // Sends `event`, of a type that protocol::Event holds, after those that wait.
  template <typename Body>
  void send(const Body& event) noexcept {
    put(protocol::encode(event));
  }

  // Returns whether events wait for room in the socket: poll for POLLOUT, then call flush().
  [[nodiscard]] bool has_waiting() const noexcept { return waiting() > 0 && !broken_; }
  // Returns whether the channel can carry no more events: the manager has died, or a session has
  // shut the socket down.
  [[nodiscard]] bool is_broken() const noexcept { return broken_; }
  // Sends as many of the waiting events as the socket has room for.
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
