#include "acceptor/incoming.hpp"

#include <cerrno>
#include <limits>
#include <sys/socket.h>

#include "protocol/greet.hpp"

namespace yodel::acceptor {
namespace {

// Returns whether an error of accept(2) concerns only that connection, which is gone. Another
// accept may succeed.
bool concerns_one_connection(int error) noexcept {
  switch (error) {
    case ECONNABORTED:
    case EINTR:
    case EPROTO:
    case ENETDOWN:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case EOPNOTSUPP:
    case ENETUNREACH:
    case EPERM: return true;
    default: return false;
  }
}

protocol::Peer peer_of(int connection, const protocol::SocketAddress& address) noexcept {
  protocol::Peer peer = protocol::peer_from(address);
  if (peer.family == protocol::Family::local) {
    ucred credentials{};
    socklen_t size = sizeof credentials;
    if (::getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0) {
      peer.pid = static_cast<std::uint32_t>(credentials.pid);
      peer.uid = credentials.uid;
    }
  }
  return peer;
}

}  // namespace

Incoming accept_next(int listener) noexcept {
  protocol::SocketAddress address;
  posix::Descriptor connection(::accept4(listener, address.get(), &address.size, SOCK_CLOEXEC));
  if (connection) {
    const auto peer = peer_of(connection.get(), address);
    return {.connection = std::move(connection), .peer = peer};
  }
  const int error = errno;
  // EAGAIN: at a reload, another acceptor on the same socket may have been faster.
  const bool is_short = error != EAGAIN && !concerns_one_connection(error);
  return {.connection = {}, .peer = {}, .error = is_short ? error : 0};
}

std::string_view first_words(const protocol::Launch& launch) noexcept {
  switch (launch.protocol) {
    case protocol::Protocol::greet: return launch.welcome();
    case protocol::Protocol::echo:
    case protocol::Protocol::probe: break;  // its header needs more of the kernel
  }
  return {};
}

std::size_t send_at_once(int connection, std::string_view text) noexcept {
  if (text.empty()) return 0;
  const ssize_t size = ::send(connection, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  return size < 0 ? 0 : static_cast<std::size_t>(size);
}

void turn_away(posix::Descriptor connection) noexcept {
  const int fd = connection.get();
  (void)send_at_once(fd, protocol::too_many_error);
  ::shutdown(fd, SHUT_WR);
  // A close with unread input resets the connection, and the reset may overtake the message. So let
  // the kernel discard what has arrived, without a copy: MSG_TRUNC in tcp(7). The acceptor does not
  // wait for more input, as a session would.
  (void)::recv(fd, nullptr, std::numeric_limits<int>::max(), MSG_DONTWAIT | MSG_TRUNC);
}

void reset(posix::Descriptor connection) noexcept {
  // A linger time of 0 makes the close a reset, socket(7), which leaves nothing behind, not even a
  // socket in TIME_WAIT.
  constexpr linger none{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(connection.get(), SOL_SOCKET, SO_LINGER, &none, sizeof none);
}

}  // namespace yodel::acceptor
