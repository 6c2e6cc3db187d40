#include "tests/integration/notify_socket.hpp"

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <sys/socket.h>
#include <system_error>
#include <utility>

#include "protocol/endpoint.hpp"

namespace yodel::tests {
namespace {

protocol::SocketAddress address_of(const std::string& path) {
  return to_socket_address(protocol::parse_endpoint("unix:" + path).value(), 0);
}

}  // namespace

NotifySocket::NotifySocket(std::string path)
    : path_(std::move(path)), socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
  const auto address = address_of(path_);
  if (::bind(socket_.get(), address.get(), address.size) < 0) {
    throw std::system_error(errno, std::generic_category(), "bind");
  }
}

std::optional<NotifySocket::Notification> NotifySocket::take() {
  std::array<char, 4096> bytes{};
  alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(sizeof(int))> control{};
  iovec part{.iov_base = bytes.data(), .iov_len = bytes.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t size = ::recvmsg(socket_.get(), &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (size < 0) return std::nullopt;
  Notification notification{.text = {bytes.data(), static_cast<std::size_t>(size)}, .fd = {}};
  if (const cmsghdr* rights = CMSG_FIRSTHDR(&message)) {
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(rights), sizeof fd);
    notification.fd.reset(fd);
  }
  return notification;
}

int NotifySocket::fill() const {
  const auto address = address_of(path_);
  int taken = 0;
  // With a queue as long as systemd's net.unix.max_dgram_qlen=512, one sender fills its own buffer,
  // net.core.wmem_default, before the queue is full. Another sender could then still send.
  for (int before = -1; before != taken;) {
    before = taken;
    const posix::Descriptor sender(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    while (::sendto(sender.get(), "X", 1, MSG_DONTWAIT, address.get(), address.size) == 1)
      ++taken;
  }
  return taken;
}

}  // namespace yodel::tests
