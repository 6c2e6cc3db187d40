#include "posix/receive_stamped.hpp"

#include <array>
#include <cstring>
#include <linux/errqueue.h>  // scm_timestamping
#include <sys/socket.h>
#include <sys/uio.h>

namespace yodel::posix {
namespace {

// Returns the software stamp, the first of three, or std::nullopt if there is none.
std::optional<timespec> stamp_in(msghdr& message) noexcept {
  for (auto* part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_TIMESTAMPING) continue;
    scm_timestamping stamps{};
    if (part->cmsg_len < CMSG_LEN(sizeof stamps)) continue;
    std::memcpy(&stamps, CMSG_DATA(part), sizeof stamps);
    const auto& [seconds, nanoseconds] = stamps.ts[0];
    if (seconds == 0 && nanoseconds == 0) return std::nullopt;
    return timespec{.tv_sec = seconds, .tv_nsec = nanoseconds};
  }
  return std::nullopt;
}

}  // namespace

ssize_t receive_stamped(int socket, std::span<std::byte> into, int flags,
                        std::optional<timespec>& arrived) noexcept {
  iovec bytes{.iov_base = into.data(), .iov_len = into.size()};
  alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(sizeof(scm_timestamping))> control{};
  msghdr message{};
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t size = ::recvmsg(socket, &message, flags);
  if (size > 0) arrived = stamp_in(message);
  return size;
}

}  // namespace yodel::posix
