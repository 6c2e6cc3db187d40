// A peer's end of a connection to the daemon.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "posix/descriptor.hpp"
#include "protocol/endpoint.hpp"
#include "tests/integration/program.hpp"

namespace yodel::tests {

// Reads an address as it is logged: "127.0.0.1:9999", "[::1]:9999" or "unix:/path".
[[nodiscard]] protocol::Endpoint endpoint_of(const std::string& where);

// Connects to a server. Functions that wait throw std::runtime_error after `patience`, and all
// throw std::system_error on an error of the socket, so a connection that is refused or reset fails
// a test that does not expect it.
class Connection {
 public:
  explicit Connection(const std::string& where);
  // Connects from an address of this host, whose port may be 0 for any that is free.
  Connection(const std::string& where, const std::string& from);

  // Takes a socket that is connected.
  explicit Connection(posix::Descriptor connected) noexcept : socket_(std::move(connected)) {}

  void send(std::string_view bytes);
  // Sends one urgent byte, MSG_OOB in send(2). Returns false if this kind of socket has none.
  [[nodiscard]] bool send_urgent(char byte);
  // Sends all of `bytes` and meanwhile reads what comes back, as a peer must that sends more than
  // the buffers on the way hold. The next receive() returns what came.
  void send_and_take_in(std::string_view bytes);
  // Ends our side, shutdown(2).
  void end();
  // Closes with RST instead of FIN.
  void reset();

  // Returns what one read returns; empty at the end of file.
  std::string receive_some();
  // Returns exactly `size` bytes.
  std::string receive(std::size_t size);
  // Returns all bytes up to the end of file.
  std::string receive_rest();
  // Returns whether bytes or the end of file come within `time`.
  bool has_input(std::chrono::milliseconds time);

  // Returns our port; 0 on a Unix socket.
  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] int descriptor() const noexcept { return socket_.get(); }

 private:
  posix::Descriptor socket_;
  std::string taken_in_;
};

}  // namespace yodel::tests
