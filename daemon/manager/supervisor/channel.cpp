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

// Room for the events of many sessions that end while the manager is busy, in bytes. The default of
// a stock kernel, 212,992 bytes, holds 555.
constexpr int channel_buffer = 8 << 20;

}  // namespace

std::pair<Channel, Channel::Ends> Channel::open() {
  auto [ours, theirs] = posix::socket_pair(SOCK_SEQPACKET);
  const int on = 1;
  if (::setsockopt(ours.get(), SOL_SOCKET, SO_PASSCRED, &on, sizeof on) < 0) {
    throw std::system_error(errno, std::generic_category(), "setsockopt(SO_PASSCRED)");
  }
  // SO_SNDBUFFORCE needs CAP_NET_ADMIN; without it the size is limited by net.core.wmem_max.
  for (const int option : {SO_SNDBUF, SO_SNDBUFFORCE})
    (void)::setsockopt(theirs.get(), SOL_SOCKET, option, &channel_buffer, sizeof channel_buffer);
  auto [control, their_control] = posix::socket_pair(SOCK_SEQPACKET);
  return {Channel(std::move(ours), std::move(control)),
          Ends{.channel = std::move(theirs), .control = std::move(their_control)}};
}

bool Channel::send(const protocol::Launch& launch) const noexcept {
  const auto record = protocol::encode(launch);
  return ::send(control_.get(), record.data(), record.size(), MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
}

Channel::Received Channel::receive() const noexcept {
  // One byte more than a record, so that a longer one is not truncated into a valid one.
  std::array<std::byte, sizeof(protocol::EncodedEvent) + 1> bytes{};
  const auto [size, sender] = posix::receive_with_sender(channel_.get(), bytes);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return {.kind = Received::Kind::nothing};
  // An empty record has a sender; the end of the channel has none.
  if (size < 0 || (size == 0 && sender == 0)) return {.kind = Received::Kind::closed};
  return {.kind = Received::Kind::event,
          .sender = sender,
          .event = protocol::decode_event(std::span(bytes).first(static_cast<std::size_t>(size)))};
}

}  // namespace yodel::manager
