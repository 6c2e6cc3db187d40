#include "acceptor/event_sender.hpp"

#include <cerrno>
#include <sys/socket.h>
#include <utility>

namespace yodel::acceptor {

EventSender::EventSender(int channel)
    : channel_(channel),
      memory_(most_waiting * sizeof(protocol::EncodedEvent)),
      ring_(memory_.as<protocol::EncodedEvent>(most_waiting)) {}

bool EventSender::try_send(const protocol::EncodedEvent& event) noexcept {
  const ssize_t sent = ::send(channel_, &event, sizeof event, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent < 0 && errno != EAGAIN && errno != ENOBUFS && errno != ENOMEM && errno != EINTR) {
    broken_ = true;
  }
  return sent == sizeof event;
}

void EventSender::put(const protocol::EncodedEvent& event) noexcept {
  if (waiting_ == 0 && try_send(event)) return;
  if (waiting_ == ring_.size()) {
    ++lost_;
    return;
  }
  ring_[(first_ + waiting_) % ring_.size()] = event;
  ++waiting_;
}

void EventSender::flush() noexcept {
  while (waiting_ > 0 && try_send(ring_[first_])) {
    first_ = (first_ + 1) % ring_.size();
    --waiting_;
  }
}

std::uint64_t EventSender::take_lost() noexcept {
  return std::exchange(lost_, 0);
}

}  // namespace yodel::acceptor
