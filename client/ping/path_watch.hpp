// Finds out when a path stops carrying segments, and when it carries them again.
#pragma once

#include <chrono>

#include "client/connection/connect_race.hpp"
#include "client/connection/connection.hpp"
#include "client/ping/outages.hpp"
#include "client/ping/probe.hpp"
#include "posix/poll.hpp"

namespace yodel::client::ping {

// Watches the connection that probes use. While the server's kernel has not acknowledged a request
// that is overdue, it connects again and again on the side, since the kernel repeats the request
// ever more rarely. It tells the Outages what becomes of that.
//
// A slow server is left alone: its kernel acknowledges a request that the server has not read. So
// one that serves a single connection at a time does not find others in its queue.
class PathWatch {
 public:
  // All are borrowed for the life of the watch.
  PathWatch(const Target& target, Outages& outages) : target_(target), outages_(outages) {}
  PathWatch(const PathWatch&) = delete;
  PathWatch& operator=(const PathWatch&) = delete;
  PathWatch(PathWatch&&) = delete;
  PathWatch& operator=(PathWatch&&) = delete;
  ~PathWatch() { leave(); }

  // Returns how long a request may be unacknowledged before it is overdue, where the round-trip
  // time is `rtt`.
  [[nodiscard]] std::chrono::nanoseconds patience(std::chrono::nanoseconds rtt) const;

  // Connects if that is due. `since` is when the first request was sent that is not acknowledged,
  // or std::nullopt if all are.
  void check(const Connection& connection, posix::Deadline since, std::chrono::nanoseconds rtt);
  // Forgets the connection, which has ended.
  void reset();

  // Returns when to call check() next at the latest.
  [[nodiscard]] posix::Deadline due() const noexcept { return due_; }
  // Returns a descriptor to call check() when it is writable, or -1. The watch keeps it.
  [[nodiscard]] int descriptor() const noexcept;

 private:
  // Looks whether the connect on the side has been answered. There must be one.
  [[nodiscard]] bool is_answered();
  // Ends our side of the connection on the side that `left_` holds, and closes the last such one.
  void leave();

  const Target& target_;
  Outages& outages_;
  posix::Deadline oldest_;  // when the first unacknowledged request was sent
  posix::Deadline since_;   // since when nothing has been acknowledged, at the earliest then
  posix::Deadline due_;
  std::optional<ConnectAttempt> side_;
  bool proven_ = false;  // the path works, so only the kernel's next repetition is awaited
  posix::Descriptor left_;
};

// Returns the time between two connects while no answer comes.
[[nodiscard]] std::chrono::nanoseconds retry_interval(const Target& target,
                                                      std::chrono::nanoseconds rtt);

}  // namespace yodel::client::ping
