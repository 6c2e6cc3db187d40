#include "manager/supervisor/channel.hpp"

#include <array>
#include <cerrno>
#include <cstddef>
#include <span>
#include <sys/socket.h>
#include <system_error>

#include "posix/message.hpp"

namespace yodel::manager {
namespace {

// Room for the events of many sessions that end while the manager is busy, in bytes.
constexpr int channel_buffer = 8 << 20;

}  // namespace

std::pair<Channel, Channel::Ends> Channel::open() {
  auto [mine, its] = posix::socket_pair(SOCK_SEQPACKET);
  const int on = 1;
  if (::setsockopt(mine.get(), SOL_SOCKET, SO_PASSCRED, &on, sizeof on) < 0) {
    throw std::system_error(errno, std::generic_category(), "setsockopt(SO_PASSCRED)");
  }
  // Beyond net.core.wmem_max only where we may; what the kernel grants will have to do.
  for (const int option : {SO_SNDBUF, SO_SNDBUFFORCE})
    (void)::setsockopt(its.get(), SOL_SOCKET, option, &channel_buffer, sizeof channel_buffer);
  auto [control, its_control] = posix::socket_pair(SOCK_SEQPACKET);
  return {Channel(std::move(mine), std::move(control)),
          Ends{.channel = std::move(its), .control = std::move(its_control)}};
}

bool Channel::send(const protocol::Launch& launch) const noexcept {
  const auto record = protocol::encode(launch);
  return ::send(control_.get(), record.data(), record.size(), MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
}

Channel::Received Channel::receive() const noexcept {
  // One byte more than a record: what is longer must not pass for one.
  std::array<std::byte, sizeof(protocol::EncodedEvent) + 1> bytes{};
  const auto [size, sender] = posix::receive_with_sender(channel_.get(), bytes);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return {.kind = Received::Kind::nothing};
  // A record of no bytes has a sender, the end of the channel has none.
  if (size < 0 || (size == 0 && sender == 0)) return {.kind = Received::Kind::closed};
  return {.kind = Received::Kind::event,
          .sender = sender,
          .event = protocol::decode_event(std::span(bytes).first(static_cast<std::size_t>(size)))};
}

}  // namespace yodel::manager
