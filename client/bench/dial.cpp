#include "client/bench/dial.hpp"

#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <utility>

namespace yodel::client::bench {

Dialled dial(const BenchPlan& plan, std::size_t origin) {
  const int family = plan.address.storage.ss_family;
  posix::Descriptor socket(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return {.socket = {}, .error = errno};
  const int on = 1;
  if (family != AF_UNIX) {
    static_cast<void>(::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on));
  }
  if (!plan.origins.empty()) {
    const int error = bind_to(socket.get(), plan.origins[origin % plan.origins.size()]);
    if (error != 0) return {.socket = {}, .error = error};
  }
  const int result = ::connect(socket.get(), plan.address.get(), plan.address.size);
  if (result == 0) return {.socket = std::move(socket), .error = 0};
  if (errno == EAGAIN && family == AF_UNIX) return {.socket = {}, .error = EAGAIN};
  // An interrupted connect continues in the background, connect(2).
  const int error = errno == EINTR ? EINPROGRESS : errno;
  return {.socket = std::move(socket), .error = error};
}

}  // namespace yodel::client::bench
