#include "manager/shared_port.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "posix/descriptor.hpp"
#include "protocol/endpoint.hpp"

namespace yodel::manager {
namespace {

// An index that no interface has.
constexpr int no_interface = 0x7fff'ffff;

void set(int socket, int level, int option, int value) noexcept {
  (void)::setsockopt(socket, level, option, &value, sizeof value);
}

// Stops other processes from sharing the port of `bound`. The kernel remembers that a port was
// shared and lets another process of the same user join it with SO_REUSEPORT:
// inet_csk_update_fastreuse() in net/ipv4/inet_connection_sock.c. It forgets that when a socket
// without the option is bound to the port. A socket of the other address family can be bound there,
// since it conflicts with none of ours, unless all addresses of that family are in use there.
void end_sharing(const protocol::SocketAddress& bound) noexcept {
  protocol::SocketAddress other;
  const bool is_ipv4 = bound.storage.ss_family == AF_INET;
  if (is_ipv4) {
    auto& address = reinterpret_cast<sockaddr_in6&>(other.storage);
    address.sin6_family = AF_INET6;
    address.sin6_addr = IN6ADDR_LOOPBACK_INIT;
    address.sin6_port = reinterpret_cast<const sockaddr_in&>(bound.storage).sin_port;
    other.size = sizeof address;
  } else {
    auto& address = reinterpret_cast<sockaddr_in&>(other.storage);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = reinterpret_cast<const sockaddr_in6&>(bound.storage).sin6_port;
    other.size = sizeof address;
  }
  const posix::Descriptor socket(
      ::socket(is_ipv4 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  set(socket.get(), SOL_SOCKET, SO_REUSEADDR, 1);
  if (is_ipv4) set(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, 1);
  (void)::bind(socket.get(), other.get(), other.size);
}

}  // namespace

SharedPort::SharedPort(std::vector<int> sockets) noexcept : sockets_(std::move(sockets)) {
  for (const int socket : sockets_)
    set(socket, SOL_SOCKET, SO_REUSEPORT, 1);
}

SharedPort::~SharedPort() {
  for (const int socket : sockets_)
    set(socket, SOL_SOCKET, SO_REUSEPORT, 0);
  protocol::SocketAddress bound;
  if (::getsockname(sockets_.front(), bound.get(), &bound.size) == 0) end_sharing(bound);
}

std::string why_not_replaceable(int socket) {
  struct stat file {};
  if (::fstat(socket, &file) < 0 || file.st_uid != ::geteuid()) {
    return "which another user created; restart the daemon instead: systemctl restart yodeld";
  }
  int interface = 0;
  socklen_t size = sizeof interface;
  const bool has_option =
      ::getsockopt(socket, SOL_SOCKET, SO_BINDTOIFINDEX, &interface, &size) == 0;
  if (!has_option || interface != 0) {
    return "which is bound to an interface; restart the daemon instead: systemctl restart yodeld";
  }
  return {};
}

void divert(int socket) noexcept {
  set(socket, SOL_SOCKET, SO_BINDTOIFINDEX, no_interface);
}

}  // namespace yodel::manager
