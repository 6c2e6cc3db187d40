// A server for one connection that sends and expects exactly what a test wants.
#pragma once

#include <array>
#include <cerrno>
#include <cstring>
#include <functional>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "posix/descriptor.hpp"
#include "posix/poll.hpp"
#include "tests/integration/program.hpp"
#include "tests/integration/sockets.hpp"

namespace yodel::tests {

// The server's end of the connection. Functions that wait throw std::runtime_error after
// `patience`.
class Conversation {
 public:
  explicit Conversation(posix::Descriptor socket) : socket_(std::move(socket)) {}

  void say(std::string_view text) {
    while (!text.empty()) {
      const ssize_t size = ::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL);
      if (size < 0) throw std::runtime_error(std::string("send: ") + std::strerror(errno));
      said_ += static_cast<std::size_t>(size);
      text.remove_prefix(static_cast<std::size_t>(size));
    }
  }
  // Makes each say() send a segment of its own, tcp(7).
  void send_at_once() {
    const int on = 1;
    ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  // Sends `text` and ends this side in the same segment.
  void say_and_end(std::string_view text) {
    static_cast<void>(::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_MORE));
    said_ += text.size();
    end_output();
  }
  // Sends a byte at a time, each in a segment of its own.
  void say_bytewise(std::string_view text) {
    for (const char each : text) {
      say({&each, 1});
      std::this_thread::yield();
    }
  }
  // Blocks until something has come, or the end.
  void wait_for_word() {
    std::array<pollfd, 1> fds{{{.fd = socket_.get(), .events = POLLIN, .revents = 0}}};
    if (posix::poll_until(fds, posix::Clock::now() + patience) != 1) {
      throw std::runtime_error("the client said nothing");
    }
  }
  // Returns what one read returns, which is empty at the end of file.
  std::string hear() {
    wait_for_word();
    std::array<char, 65536> buffer{};
    const ssize_t size = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (size < 0) throw std::system_error(errno, std::generic_category(), "recv");
    heard_ += static_cast<std::size_t>(size);
    return {buffer.data(), static_cast<std::size_t>(size)};
  }
  // Reads as many bytes as `text` has, and throws unless they are the same.
  void expect(std::string_view text) {
    std::string heard;
    while (heard.size() < text.size()) {
      const std::string more = hear();
      if (more.empty()) break;
      heard += more;
    }
    if (heard != text) {
      throw std::runtime_error("the client said '" + heard + "', not '" + std::string(text) + "'");
    }
  }
  // Reads whatever the client still sends, until it ends or resets the connection. A server that
  // closes before it has read everything sends a reset itself (RFC 1122, 4.2.2.13), and a reset
  // drops what the client has not read yet.
  void hear_out() {
    try {
      while (!hear().empty()) {
      }
    } catch (const std::system_error& error) {
      if (error.code() != std::errc::connection_reset) throw;
    }
  }
  void expect_end() {
    if (const auto heard = hear(); !heard.empty()) {
      throw std::runtime_error("the client said '" + heard + "' and was expected to end");
    }
  }
  // Returns whether the client sends something or ends within `time`, for servers that answer
  // slowly.
  bool ends_within(std::chrono::milliseconds time) {
    std::array<pollfd, 1> fds{{{.fd = socket_.get(), .events = POLLIN, .revents = 0}}};
    return posix::poll_until(fds, posix::Clock::now() + time) != 0;
  }
  // Closes with RST instead of FIN: socket(7), SO_LINGER.
  void reset() {
    const linger none{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &none, sizeof none);
    socket_.reset();
  }
  void end_output() { ::shutdown(socket_.get(), SHUT_WR); }
  void close() { socket_.reset(); }

  // Return how many bytes were sent and received.
  [[nodiscard]] std::size_t said() const noexcept { return said_; }
  [[nodiscard]] std::size_t heard() const noexcept { return heard_; }

 private:
  posix::Descriptor socket_;
  std::size_t said_ = 0;
  std::size_t heard_ = 0;
};

// Listens from its construction on, and runs `script` with the first connection, in a thread of its
// own. finish() returns what went wrong there.
class ScriptedServer {
 public:
  using Script = std::function<void(Conversation&)>;

  explicit ScriptedServer(Script script, const std::string& where = "127.0.0.1:0")
      : script_(std::move(script)), listener_(listen_at(where, 1)), thread_([this] { serve(); }) {}
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;
  ScriptedServer(ScriptedServer&&) = delete;
  ScriptedServer& operator=(ScriptedServer&&) = delete;
  ~ScriptedServer() { finish(); }

  // Returns its address, as the client takes and reports it.
  [[nodiscard]] const std::string& name() const noexcept { return listener_.address; }

  // Stops listening: connections are refused from now on.
  void close() {
    finish();
    listener_.fd.reset();
  }

  // Waits for the script to end, and returns what went wrong in it, or an empty string. Does not
  // wait if no connection has come.
  std::string finish() {
    if (thread_.joinable()) {
      ::shutdown(listener_.fd.get(), SHUT_RDWR);
      thread_.join();
    }
    return problem_;
  }

 private:
  void serve() {
    posix::Descriptor socket(::accept4(listener_.fd.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!socket) {
      problem_ = "no connection came";
      return;
    }
    try {
      Conversation conversation(std::move(socket));
      script_(conversation);
    } catch (const std::exception& error) {
      problem_ = error.what();
    }
  }

  Script script_;
  BoundSocket listener_;
  std::string problem_;
  std::thread thread_;
};

// Greets `names`, each on a line, reads "exit" and closes.
inline ScriptedServer::Script greet_in_lines(std::vector<std::string> names) {
  return [names = std::move(names)](Conversation& client) {
    client.say("welcome");
    for (const auto& name : names) {
      client.expect(name + "\n");
      client.say("hello, " + name + "!\n");
    }
    client.expect(names.empty() ? "exit" : "exit\n");
  };
}

}  // namespace yodel::tests
