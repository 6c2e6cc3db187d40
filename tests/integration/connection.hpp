// A peer's end of a connection to the daemon.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "posix/descriptor.hpp"
#include "protocol/endpoint.hpp"
#include "tests/integration/program.hpp"

namespace yodel::tests {

// Reads an address as it is logged: "127.0.0.1:9999", "[::1]:9999" or "unix:/path".
[[nodiscard]] protocol::Endpoint endpoint_of(const std::string& where);

// Every function that waits throws std::runtime_error when `patience` is over, and
// std::system_error on an error of the socket: a connection that is refused or reset fails the test
// that did not expect it.
class Connection {
 public:
  explicit Connection(const std::string& where);
  // The same from an address of this host, with the port 0: any that is free.
  Connection(const std::string& where, const std::string& from);

  void send(std::string_view bytes);
  // Sends one urgent byte, MSG_OOB in send(2). Returns false where this kind of socket has none.
  [[nodiscard]] bool send_urgent(char byte);
  // Sends all and takes in meanwhile what comes back, as a peer has to who sends more than the
  // buffers on the way hold. What came is given by the next receive().
  void send_and_take_in(std::string_view bytes);
  // Ends our side, shutdown(2).
  void end();
  // Closes with RST instead of FIN.
  void reset();

  // What one read returns; empty at the end of file.
  std::string receive_some();
  // Exactly so many bytes.
  std::string receive(std::size_t size);
  // All that comes until the end of file.
  std::string receive_rest();
  // Whether something can be read, or the end of file, within `time`.
  bool has_input(std::chrono::milliseconds time);

  // Our port; 0 on a Unix socket.
  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] int descriptor() const noexcept { return socket_.get(); }

 private:
  posix::Descriptor socket_;
  std::string taken_in_;
};

}  // namespace yodel::tests
