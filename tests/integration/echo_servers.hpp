// Servers to test a client against, our own and others', at free ports of 127.0.0.1.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <ostream>
#include <string>

#include "tests/integration/daemon.hpp"
#include "tests/integration/program.hpp"

namespace yodel::tests {

// A server that sends back what it gets, from its construction on.
class EchoServer {
 public:
  enum class Kind : std::uint8_t {
    yodeld,  // protocol = "echo"
    socat,   // a cat(1) for each connection
    xinetd,  // its internal service "echo"
  };

  // Waits until it listens. Throws std::runtime_error where it does not, or is not installed.
  explicit EchoServer(Kind kind);

  // As clients take it: "127.0.0.1:41234".
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

// For the names of tests: "yodeld", "socat", "xinetd".
[[nodiscard]] const char* name_of(EchoServer::Kind kind);
inline void PrintTo(EchoServer::Kind kind, std::ostream* out) {
  *out << name_of(kind);
}

// classic_server.py, which takes a second over each message.
class ClassicGreetServer {
 public:
  ClassicGreetServer();

  [[nodiscard]] const std::string& address() const noexcept { return address_; }

 private:
  Program program_;
  std::string address_;
};

}  // namespace yodel::tests
