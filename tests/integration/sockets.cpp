#include "tests/integration/sockets.hpp"

#include <cerrno>
#include <sys/socket.h>
#include <system_error>
#include <utility>

#include "protocol/endpoint.hpp"

namespace yodel::tests {

BoundSocket bind_to(const std::string& where) {
  auto address = to_socket_address(endpoint_of(where), 0);
  posix::Descriptor fd(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (::bind(fd.get(), address.get(), address.size) != 0) {
    throw std::system_error(errno, std::generic_category(), "bind to " + where);
  }
  address.size = sizeof address.storage;
  ::getsockname(fd.get(), address.get(), &address.size);
  return {std::move(fd), to_string(protocol::endpoint_from(address).value())};
}

BoundSocket listen_at(const std::string& where, int backlog) {
  auto socket = bind_to(where);
  if (::listen(socket.fd.get(), backlog) != 0) {
    throw std::system_error(errno, std::generic_category(), "listen at " + where);
  }
  return socket;
}

bool has_ipv6() {
  try {
    (void)bind_to("[::1]:0");
    return true;
  } catch (const std::system_error&) {
    return false;
  }
}

}  // namespace yodel::tests
