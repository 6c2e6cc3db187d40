// A server for many connections, which follows a script with each.
#pragma once

#include <cstdint>
#include <exception>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/integration/scripted_server.hpp"

namespace yodel::tests {

// Listens from its construction on, and runs `script` with every connection, each in a thread of
// its own. The script may run in several threads at once.
class RepeatedServer {
 public:
  // Totals over all connections.
  struct Account {
    std::uint64_t connections = 0;
    std::uint64_t said = 0;   // bytes
    std::uint64_t heard = 0;  // bytes
  };

  explicit RepeatedServer(ScriptedServer::Script script)
      : script_(std::move(script)),
        listener_(listen_at("127.0.0.1:0", 128)),
        thread_([this] { accept(); }) {}
  RepeatedServer(const RepeatedServer&) = delete;
  RepeatedServer& operator=(const RepeatedServer&) = delete;
  RepeatedServer(RepeatedServer&&) = delete;
  RepeatedServer& operator=(RepeatedServer&&) = delete;
  ~RepeatedServer() { finish(); }

  [[nodiscard]] const std::string& name() const noexcept { return listener_.address; }

  // Stops listening, waits for each script to end, and returns what went wrong first, or an empty
  // string.
  std::string finish() {
    if (thread_.joinable()) {
      ::shutdown(listener_.fd.get(), SHUT_RDWR);
      thread_.join();
    }
    sessions_.clear();
    return problem_;
  }
  // Returns the totals, once finish() has been called.
  [[nodiscard]] const Account& account() const noexcept { return account_; }

 private:
  void accept() {
    for (;;) {
      posix::Descriptor socket(::accept4(listener_.fd.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!socket) return;
      sessions_.emplace_back(
          [this, socket = std::move(socket)]() mutable { serve(std::move(socket)); });
    }
  }

  void serve(posix::Descriptor socket) {
    Conversation conversation(std::move(socket));
    std::string problem;
    try {
      script_(conversation);
    } catch (const std::exception& error) {
      problem = error.what();
    }
    const std::lock_guard lock(mutex_);
    ++account_.connections;
    account_.said += conversation.said();
    account_.heard += conversation.heard();
    if (problem_.empty()) problem_ = problem;
  }

  ScriptedServer::Script script_;
  BoundSocket listener_;
  std::mutex mutex_;
  std::string problem_;
  Account account_;
  std::vector<std::jthread> sessions_;
  std::thread thread_;
};

}  // namespace yodel::tests
