#include "acceptor/event_sender.hpp"

#include <cerrno>
#include <cstdint>
#include <sys/socket.h>

namespace yodel::acceptor {

using protocol::Scoreboard;

bool EventSender::try_send(const protocol::EncodedEvent& event) noexcept {
  const ssize_t sent = ::send(channel_, &event, sizeof event, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent < 0 && errno != EAGAIN && errno != ENOBUFS && errno != ENOMEM && errno != EINTR) {
    broken_ = true;
  }
  return sent == sizeof event;
}

void EventSender::put(const protocol::EncodedEvent& event) noexcept {
  if (waiting() == 0 && try_send(event)) return;
  auto& header = scoreboard_.header();
  if (waiting() == Scoreboard::max_waiting) {
    ++header.lost;
    return;
  }
  scoreboard_.ring()[header.last % Scoreboard::max_waiting] = event;
  ++header.last;
}

void EventSender::flush() noexcept {
  auto& first = scoreboard_.header().first;
  while (waiting() > 0 && try_send(scoreboard_.ring()[first % Scoreboard::max_waiting]))
    ++first;
}

}  // namespace yodel::acceptor
