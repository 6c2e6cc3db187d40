// Replaces a listening socket by another one whose address overlaps with its own, such as
// "127.0.0.1:9999" by "0.0.0.0:9999", so that a connection always finds one of them.
//
// Both share the port until the new socket listens. Then the old one is diverted.
#pragma once

#include <string>
#include <vector>

namespace yodel::manager {

// Lets sockets of this process be bound to overlapping addresses and listen there while it lives:
// SO_REUSEPORT, socket(7). Its destructor takes the option back, so that no other process can join.
class SharedPort {
 public:
  // `sockets` are TCP sockets that the caller keeps. The first one must be bound.
  explicit SharedPort(std::vector<int> sockets) noexcept;
  ~SharedPort();
  SharedPort(const SharedPort&) = delete;
  SharedPort& operator=(const SharedPort&) = delete;
  SharedPort(SharedPort&&) = delete;
  SharedPort& operator=(SharedPort&&) = delete;

 private:
  std::vector<int> sockets_;
};

// Returns why this process cannot replace the listening TCP socket `socket`, and the remedy, or ""
// if it can.
[[nodiscard]] std::string why_not_replaceable(int socket);

// Diverts the listening socket `socket`: no new connection begins there, but a handshake that has
// begun completes. This is permanent, since undoing it needs CAP_NET_RAW. Diverting it again has no
// effect.
void divert(int socket) noexcept;

}  // namespace yodel::manager
