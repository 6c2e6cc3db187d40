// The manager's log: records leave without the manager ever waiting for whoever takes them.
#pragma once

#include <chrono>
#include <cstdint>
#include <sys/types.h>

#include "config/settings.hpp"
#include "log/queue.hpp"
#include "log/record.hpp"
#include "posix/child.hpp"
#include "posix/descriptor.hpp"
#include "posix/poll.hpp"
#include "posix/process_title.hpp"

namespace yodel::log {

// Hands records to the log writer, a process of its own (writer.hpp): a write to the journal or to
// standard error may block for as long as its reader likes, and nothing that serves, reloads or
// stops may hang with it. Records that the writer does not take wait in a Queue; while that is full
// they are dropped and counted, and the count becomes a record when there is room again, at the
// latest in finish(). The last quarter of the queue is for other records than those of sessions.
class Log {
 public:
  // Starts the writer, which shows a title of its own. Throws std::system_error.
  Log(config::Log settings, posix::ProcessTitle title);
  // Waits up to two seconds until the writer has written what is queued, and up to another one for
  // its end.
  ~Log() { close(); }
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;
  Log(Log&&) = delete;
  Log& operator=(Log&&) = delete;

  // From now on. Where the settings ask for a journal and this host has none, standard error takes
  // its place, and a record says so.
  void apply(config::Log settings);

  // Takes the record if its level is wanted. It leaves with flush().
  void write(const Record& record);

  // For the event loop: the socket, and whether to call flush() when it can be written.
  [[nodiscard]] int descriptor() const noexcept { return socket_.get(); }
  [[nodiscard]] bool has_waiting() const noexcept { return !queue_.is_empty(); }
  void flush();
  // Returns when flush() can do more than now, with no descriptor to wait for; std::nullopt: never.
  [[nodiscard]] posix::Deadline next_attempt() const noexcept;

  // The last records were taken. Starts a writer where there is none just now, and gives it two
  // seconds to write them, and how many were lost.
  void finish() noexcept;

  // The child `pid` was collected. Returns whether it was the writer; flush() starts another, but
  // not more often than every restart_interval.
  bool on_exit(pid_t pid);
  static constexpr auto restart_interval = std::chrono::seconds(1);

 private:
  void start_writer();
  void enqueue(const Record& record);
  void enqueue_lost();
  void close() noexcept;
  void send_waiting() noexcept { queue_.send(socket_.get()); }

  config::Log settings_;
  config::Target target_{};  // what settings_.target comes to on this host
  posix::ProcessTitle title_;
  posix::Child writer_;
  posix::Clock::time_point writer_started_;
  posix::Descriptor socket_;
  Queue queue_;
  std::uint64_t lost_ = 0;
};

}  // namespace yodel::log
