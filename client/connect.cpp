#include "client/connect.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>

namespace yodel::client {
namespace {

using posix::Clock;

// How the connect(2) that is under way has ended, an errno(3); 0: well.
int outcome(int socket, Clock::time_point deadline) {
  std::array<pollfd, 1> fds{{{.fd = socket, .events = POLLOUT, .revents = 0}}};
  int ready = 0;
  do {
    ready = posix::poll_until(fds, deadline);
  } while (ready < 0 && errno == EINTR);
  if (ready < 0) return errno;
  if (ready == 0) return ETIMEDOUT;
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
  return error;
}

// A Unix socket whose backlog is full refuses a non-blocking connect with EAGAIN, and there is
// nothing to poll for (unix(7)). A blocking one waits, for as long as SO_SNDTIMEO says.
int connect_local(int socket, const protocol::SocketAddress& address, Clock::time_point deadline) {
  using std::chrono::microseconds;
  const auto left =
      std::max(std::chrono::duration_cast<microseconds>(deadline - Clock::now()), microseconds(1));
  const timeval limit{.tv_sec = left.count() / 1'000'000, .tv_usec = left.count() % 1'000'000};
  if (::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) != 0) return errno;
  int result = 0;
  do {
    result = ::connect(socket, address.get(), address.size);
  } while (result != 0 && errno == EINTR);
  if (result == 0) return 0;
  return errno == EAGAIN ? ETIMEDOUT : errno;
}

int connect_internet(int socket, const protocol::SocketAddress& address,
                     Clock::time_point deadline) {
  const int on = 1;
  static_cast<void>(::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on));
  if (::connect(socket, address.get(), address.size) == 0) return 0;
  // Interrupted, it goes on all the same: connect(2).
  if (errno != EINPROGRESS && errno != EINTR) return errno;
  return outcome(socket, deadline);
}

}  // namespace

tl::expected<posix::Descriptor, int> connect_to(const protocol::SocketAddress& address,
                                                Clock::time_point deadline) {
  const int family = address.storage.ss_family;
  const bool local = family == AF_UNIX;
  posix::Descriptor socket(
      ::socket(family, SOCK_STREAM | SOCK_CLOEXEC | (local ? 0 : SOCK_NONBLOCK), 0));
  if (!socket) return tl::make_unexpected(errno);
  const int error = local ? connect_local(socket.get(), address, deadline)
                          : connect_internet(socket.get(), address, deadline);
  if (error != 0) return tl::make_unexpected(error);
  if (local) posix::set_nonblocking(socket.get());
  return socket;
}

}  // namespace yodel::client
