// Servers to test the client against, our own and others, at free ports of 127.0.0.1.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <ostream>
#include <string>

#include "tests/integration/daemon.hpp"
#include "tests/integration/program.hpp"

namespace yodel::tests {

// A server that sends back what it receives, and runs as long as the object lives.
class EchoServer {
 public:
  enum class Kind : std::uint8_t {
    yodeld,  // protocol = "echo"
    socat,   // a cat(1) for each connection
    xinetd,  // its internal service "echo"
  };

  // Waits until the server listens. Throws std::runtime_error if it does not or is not installed.
  explicit EchoServer(Kind kind);

  // Returns the address for clients: "127.0.0.1:41234".
  [[nodiscard]] const std::string& address() const noexcept { return address_; }

 private:
  void start_yodeld();
  void start_socat();
  void start_xinetd();

  std::string address_;
  std::optional<TemporaryFolder> folder_;
  std::unique_ptr<Daemon> daemon_;
  std::unique_ptr<Program> program_;
};

// Returns "yodeld", "socat" or "xinetd", for the names of tests.
[[nodiscard]] const char* name_of(EchoServer::Kind kind);
inline void PrintTo(EchoServer::Kind kind, std::ostream* out) {
  *out << name_of(kind);
}

// Runs classic_server.py, which takes a second over each message.
class ClassicGreetServer {
 public:
  ClassicGreetServer();

  [[nodiscard]] const std::string& address() const noexcept { return address_; }

 private:
  Program program_;
  std::string address_;
};

}  // namespace yodel::tests
