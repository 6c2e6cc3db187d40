// Sockets that a test binds itself. Addresses are written as in connection.hpp; port 0 means any
// free port.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <sys/socket.h>

#include "posix/descriptor.hpp"
#include "tests/integration/connection.hpp"

namespace yodel::tests {

struct BoundSocket {
  posix::Descriptor fd;
  std::string address;  // with the actual port
};

// Returns a bound socket, which refuses connections until it listens. Throws std::system_error.
[[nodiscard]] BoundSocket bind_to(const std::string& where);
[[nodiscard]] inline BoundSocket bind_anywhere() {
  return bind_to("127.0.0.1:0");
}
// Returns a listening socket. Throws std::system_error.
[[nodiscard]] BoundSocket listen_at(const std::string& where, int backlog = 16);
[[nodiscard]] inline BoundSocket listen_anywhere() {
  return listen_at("127.0.0.1:0");
}

// Returns whether this host has ::1.
[[nodiscard]] bool has_ipv6();

// Returns the ports of the connects to `address`, 127.0.0.1 and a port, that have had no answer,
// /proc/net/tcp.
[[nodiscard]] std::set<std::uint16_t> unanswered_connects(const std::string& address);

// A server that does not answer a connect, because it accepts nothing and its backlog is full: the
// kernel drops each SYN.
class SilentServer {
 public:
  explicit SilentServer(const std::string& where = "127.0.0.1:0")
      : listener_(listen_at(where, 0)) {}

  [[nodiscard]] const std::string& address() const noexcept { return listener_.address; }
  // Accepts the connection that fills the backlog, so that the next SYN is answered.
  void make_room() const {
    const posix::Descriptor first(::accept4(listener_.fd.get(), nullptr, nullptr, SOCK_CLOEXEC));
  }

 private:
  BoundSocket listener_;
  Connection waiting_{listener_.address};
};

}  // namespace yodel::tests
