#include "load/target.hpp"

#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdexcept>
#include <sys/socket.h>
#include <system_error>

#include "protocol/endpoint.hpp"

namespace yodel::bench {
namespace {

[[noreturn]] void throw_errno(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

protocol::SocketAddress ipv4(const std::string& text, std::uint16_t port) {
  auto endpoint = protocol::parse_endpoint(text);
  if (!endpoint || endpoint->family != protocol::Family::ipv4) {
    throw std::invalid_argument("'" + text + "' is not an IPv4 address");
  }
  endpoint->port = port;
  return to_socket_address(*endpoint, 0);
}

}  // namespace

posix::Descriptor begin_connecting(const Target& target) {
  posix::Descriptor fd(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) throw_errno("socket");
  const int on = 1;
  if (::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) < 0) {
    throw_errno("setsockopt(TCP_NODELAY)");
  }
  const auto server = ipv4(target.address, target.port);
  if (::connect(fd.get(), server.get(), server.size) < 0 && errno != EINPROGRESS) {
    throw_errno("connect");
  }
  return fd;
}

}  // namespace yodel::bench
