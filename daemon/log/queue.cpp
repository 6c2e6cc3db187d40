#include "log/queue.hpp"

#include <algorithm>
#include <array>
#include <sys/socket.h>
#include <sys/uio.h>
#include <utility>

namespace yodel::log {

void Queue::add(std::string frame) {
  bytes_ += frame.size();
  frames_.push_back(std::move(frame));
}

void Queue::send(int socket) noexcept {
  while (!frames_.empty()) {
    std::array<iovec, 64> parts{};
    const std::size_t count = std::min(parts.size(), frames_.size());
    for (std::size_t i = 0; i < count; ++i)
      parts[i] = {frames_[i].data(), frames_[i].size()};
    parts[0].iov_base = frames_[0].data() + sent_of_first_;
    parts[0].iov_len -= sent_of_first_;
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = count;
    const ssize_t sent = ::sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0) return;  // the socket is full, or the writer died: see Log::on_exit()
    sent_of_first_ += static_cast<std::size_t>(sent);
    while (!frames_.empty() && sent_of_first_ >= frames_.front().size()) {
      sent_of_first_ -= frames_.front().size();
      bytes_ -= frames_.front().size();
      frames_.pop_front();
    }
  }
}

}  // namespace yodel::log
