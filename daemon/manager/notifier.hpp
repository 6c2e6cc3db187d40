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
// tried again; of the status only the latest waits.
class Notifier {
 public:
  static constexpr auto retry_interval = std::chrono::milliseconds(100);
  // What waits beyond this many states is dropped, the oldest first.
  static constexpr std::size_t most_waiting = 64;

  // Reads NOTIFY_SOCKET. Throws std::system_error where no socket can be made.
  Notifier();

  void ready();      // every listener accepts, and a reload is over
  void reloading();  // with the time that systemd needs to pair it with the READY=1 that follows
  void stopping();
  void status(std::string_view text);  // the line that systemctl status shows

  // Sends what waits, as far as it is taken now.
  void flush();
  // When to call flush() again; nullopt: nothing waits.
  [[nodiscard]] posix::Deadline next_attempt() const noexcept;

 private:
  void send(std::string state);

  posix::Descriptor socket_;  // empty: there is nobody to tell
  protocol::SocketAddress address_;
  std::deque<std::string> waiting_;
  std::optional<std::string> status_waiting_;
  posix::Clock::time_point next_attempt_;
};

}  // namespace yodel::manager
