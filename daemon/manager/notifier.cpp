#include "manager/notifier.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <system_error>

namespace yodel::manager {
namespace {

// sd_notify(3): a path, or '@' and the name of an abstract socket, unix(7). Of any other kind, or
// none: an address of size 0.
protocol::SocketAddress address_of(const char* name) {
  protocol::SocketAddress address;
  address.size = 0;
  sockaddr_un un{};
  const std::string_view text = name == nullptr ? "" : name;
  if (text.size() < 2 || text.size() >= sizeof un.sun_path || (text[0] != '/' && text[0] != '@')) {
    return address;
  }
  un.sun_family = AF_UNIX;
  text.copy(un.sun_path, text.size());
  if (text[0] == '@') un.sun_path[0] = '\0';
  std::memcpy(&address.storage, &un, sizeof un);
  address.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + text.size());
  return address;
}

}  // namespace

Notifier::Notifier() : address_(address_of(std::getenv("NOTIFY_SOCKET"))) {
  if (address_.size == 0) return;
  socket_.reset(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket_) throw std::system_error(errno, std::generic_category(), "socket");
}

void Notifier::ready() {
  send("READY=1");
}

void Notifier::reloading() {
  // CLOCK_MONOTONIC in microseconds, which is what posix::Clock reads.
  const auto now = posix::Clock::now().time_since_epoch();
  send(fmt::format("RELOADING=1\nMONOTONIC_USEC={}",
                   std::chrono::duration_cast<std::chrono::microseconds>(now).count()));
}

void Notifier::stopping() {
  send("STOPPING=1");
}

void Notifier::status(std::string_view text) {
  if (!socket_) return;
  status_waiting_ = fmt::format("STATUS={}", text);
  flush();
}

void Notifier::send(std::string state) {
  if (!socket_) return;
  if (waiting_.size() == most_waiting) waiting_.pop_front();
  waiting_.push_back(std::move(state));
  flush();
}

void Notifier::flush() {
  const auto is_taken = [&](const std::string& state) {
    const ssize_t sent = ::sendto(socket_.get(), state.data(), state.size(),
                                  MSG_DONTWAIT | MSG_NOSIGNAL, address_.get(), address_.size);
    // What fails otherwise would fail again: nobody listens there any more.
    return sent >= 0 || (errno != EAGAIN && errno != ENOBUFS);
  };
  next_attempt_ = posix::Clock::now() + retry_interval;
  while (!waiting_.empty()) {
    if (!is_taken(waiting_.front())) return;
    waiting_.pop_front();
  }
  if (status_waiting_ && is_taken(*status_waiting_)) status_waiting_.reset();
}

posix::Deadline Notifier::next_attempt() const noexcept {
  if (waiting_.empty() && !status_waiting_) return std::nullopt;
  return next_attempt_;
}

}  // namespace yodel::manager
