// One listening socket in the place of another whose address overlaps with its own, "0.0.0.0:9999"
// after "127.0.0.1:9999", so that a connection always finds one of them.
//
// Both are allowed to share the port until the new one listens; then the old one is diverted.
#pragma once

#include <string>
#include <vector>

namespace yodel::manager {

// Sockets of one user which may be bound to overlapping addresses, and listen there, as long as
// this lives: SO_REUSEPORT, socket(7). After it none has that, and no other process may join them.
class SharedPort {
 public:
  // `sockets` are TCP sockets, the first of them bound, and stay the caller's.
  explicit SharedPort(std::vector<int> sockets) noexcept;
  ~SharedPort();
  SharedPort(const SharedPort&) = delete;
  SharedPort& operator=(const SharedPort&) = delete;
  SharedPort(SharedPort&&) = delete;
  SharedPort& operator=(SharedPort&&) = delete;

 private:
  std::vector<int> sockets_;
};

// Returns why this process cannot have another socket in the place of the listening TCP `socket`,
// and the remedy; empty: it can.
[[nodiscard]] std::string why_not_replaceable(int socket);

// No connection begins at this listening socket any more; a handshake that has begun goes on there.
// For good: to take it back needs CAP_NET_RAW. Of one that was diverted before nothing changes.
void divert(int socket) noexcept;

}  // namespace yodel::manager
