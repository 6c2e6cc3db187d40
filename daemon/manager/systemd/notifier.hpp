// Notifications to systemd, sd_notify(3).
#pragma once

#include <chrono>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "posix/descriptor.hpp"
#include "posix/poll.hpp"
#include "protocol/endpoint.hpp"

namespace yodel::manager {

// Sends states to the socket that NOTIFY_SOCKET names, or does nothing if it names none.
//
// It does not use sd_notify(3), which blocks while the other end does not read: a service manager
// that is busy or stopped must not stop this process. States that cannot be sent wait in order and
// are tried again. Of the status and of watchdog pings, only the latest waits.
class Notifier {
 public:
  static constexpr auto retry_interval = std::chrono::milliseconds(100);
  // If more states than this wait, the oldest are dropped.
  static constexpr std::size_t max_waiting = 2048;

  // Reads NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID and FDSTORE. Throws std::system_error if it
  // cannot create a socket.
  Notifier();

  // Reports that every listener accepts, after a start or a reload.
  void ready();
  // Reports that a reload begins, with the time that systemd needs to pair it with its READY=1.
  void reloading();
  // Reports that the daemon stops, which may take `time`.
  void stopping(std::chrono::microseconds time);
  // Reports that the start may take `time`.
  void starting(std::chrono::microseconds time);
  // Sends the line that `systemctl status` shows.
  void status(std::string_view text);

  // Returns the interval within which systemd expects alive(), sd_watchdog_enabled(3), or
  // std::nullopt if there is no watchdog.
  [[nodiscard]] std::optional<std::chrono::microseconds> watchdog() const noexcept {
    return watchdog_;
  }
  // Pings the watchdog.
  void alive();

  // Returns whether the service manager keeps descriptors across a restart: FDSTORE,
  // sd_pid_notify_with_fds(3). It passes them to the next process with LISTEN_FDS.
  [[nodiscard]] bool has_store() const noexcept { return has_store_; }
  // Stores a copy of `fd` under `name`, which consists of printable characters without ':'. systemd
  // does not store the same file twice.
  void store(const std::string& name, int fd);
  // Removes the descriptors with this name from the store.
  void forget(const std::string& name);

  // Blocks until the service manager has processed everything sent before, BARRIER=1, but for at
  // most `time`.
  void settle(std::chrono::milliseconds time);

  // Sends as much of what waits as it can without blocking.
  void flush();
  // Returns when to call flush() again, or std::nullopt if nothing waits.
  [[nodiscard]] posix::Deadline next_attempt() const noexcept;

 private:
  struct State {
    std::string text;
    posix::Descriptor fd{};  // to send with it, or empty
  };
  void send(State state);
  // Tries to send `state`. Returns false if it must be tried again.
  [[nodiscard]] bool try_to_send(const State& state) const noexcept;

  posix::Descriptor socket_;  // empty if there is no NOTIFY_SOCKET
  protocol::SocketAddress address_;
  std::optional<std::chrono::microseconds> watchdog_;
  bool has_store_ = false;
  std::deque<State> waiting_;
  std::optional<State> status_waiting_;
  bool alive_waiting_ = false;
  posix::Clock::time_point next_attempt_;
};

}  // namespace yodel::manager
