// What systemd is told, sd_notify(3).
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

// Sends states to the socket that NOTIFY_SOCKET names; where it names none, does nothing.
//
// Not by sd_notify(3), which waits for as long as the other end does not read: a supervisor that is
// busy or stopped must not stop the manager. States that are not taken wait, in order, and are
// tried again; of the status and of signs of life only the latest waits.
class Notifier {
 public:
  static constexpr auto retry_interval = std::chrono::milliseconds(100);
  // What waits beyond this many states is dropped, the oldest first.
  static constexpr std::size_t max_waiting = 2048;

  // Reads NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID and FDSTORE. Throws std::system_error where no
  // socket can be made.
  Notifier();

  void ready();      // every listener accepts, and a reload is over
  void reloading();  // with the time that systemd needs to pair it with the READY=1 that follows
  void stopping(std::chrono::microseconds time);  // and that it may take so long
  void starting(std::chrono::microseconds time);  // the same for a start that has to wait
  void status(std::string_view text);             // the line that systemctl status shows

  // How soon after another signs of life must come, sd_watchdog_enabled(3); nullopt: none is
  // awaited.
  [[nodiscard]] std::optional<std::chrono::microseconds> watchdog() const noexcept {
    return watchdog_;
  }
  void alive();

  // Whether the supervisor keeps descriptors over a restart: FDSTORE, sd_pid_notify_with_fds(3).
  // It hands them to the next process with LISTEN_FDS.
  [[nodiscard]] bool has_store() const noexcept { return has_store_; }
  // Puts a copy of `fd` there, under a name of printable characters without ':'. One that is there
  // already is not taken twice.
  void store(const std::string& name, int fd);
  // Takes what has this name out again.
  void forget(const std::string& name);

  // Waits until the supervisor has dealt with all that was sent before, BARRIER=1, or for `time`.
  void settle(std::chrono::milliseconds time);

  // Sends what waits, as far as it is taken now.
  void flush();
  // When to call flush() again; nullopt: nothing waits.
  [[nodiscard]] posix::Deadline next_attempt() const noexcept;

 private:
  struct State {
    std::string text;
    posix::Descriptor fd{};  // to go with it; empty: none
  };
  void send(State state);
  [[nodiscard]] bool is_taken(const State& state) const noexcept;

  posix::Descriptor socket_;  // empty: there is nobody to tell
  protocol::SocketAddress address_;
  std::optional<std::chrono::microseconds> watchdog_;
  bool has_store_ = false;
  std::deque<State> waiting_;
  std::optional<State> status_waiting_;
  bool alive_waiting_ = false;
  posix::Clock::time_point next_attempt_;
};

}  // namespace yodel::manager
