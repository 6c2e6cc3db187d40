#include "tests/integration/sockets.hpp"

#include <cerrno>
#include <cstdio>
#include <fstream>
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

std::set<std::uint16_t> unanswered_connects(const std::string& address) {
  constexpr unsigned syn_sent = 2;  // include/net/tcp_states.h of the kernel
  const unsigned server = static_cast<unsigned>(std::stoul(address.substr(address.rfind(':') + 1)));
  std::set<std::uint16_t> ports;
  std::ifstream table("/proc/net/tcp");
  for (std::string line; std::getline(table, line);) {
    unsigned port = 0;
    unsigned peer_port = 0;
    unsigned state = 0;
    const int count =
        std::sscanf(line.c_str(), " %*u: %*8x:%4x 0100007F:%4x %2x", &port, &peer_port, &state);
    if (count == 3 && peer_port == server && state == syn_sent) {
      ports.insert(static_cast<std::uint16_t>(port));
    }
  }
  return ports;
}

}  // namespace yodel::tests
