// The manager's log. The manager never waits for the journal or whoever else reads it.
#pragma once

#include <chrono>
#include <cstdint>
#include <sys/types.h>

#include "config/settings.hpp"
#include "log/frame.hpp"
#include "log/queue.hpp"
#include "log/record.hpp"
#include "posix/child.hpp"
#include "posix/descriptor.hpp"
#include "posix/poll.hpp"
#include "posix/process_title.hpp"

namespace yodel::log {

// Hands records to the log writer, which is a process of its own (writer.hpp): a write to the
// journal or to standard error may block forever, and serving, reloading and stopping must not.
// Records wait in a Queue until the writer takes them. While the queue is full, records are dropped
// and counted; a record reports the count once there is room, at the latest in finish(). Records of
// sessions that ended well may fill three quarters of the queue, those of crashed ones seven
// eighths.
class Log {
 public:
  // Starts the writer, which sets its own process title. Throws std::system_error.
  Log(config::Log settings, posix::ProcessTitle title);
  // Blocks until the writer has written what is queued and exited: as long as it takes records, for
  // at most 8 s, and otherwise for at most 2 s. Then kills it and blocks for at most another 1 s.
  ~Log() { close(); }
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;
  Log(Log&&) = delete;
  Log& operator=(Log&&) = delete;

  // Applies `settings` to all later records. If they ask for a journal that this host does not
  // have, standard error takes its place, and a record says so.
  void apply(config::Log settings);

  // Queues the record if its level is enabled. flush() sends it.
  void write(const Record& record);

  // For the event loop: call flush() when has_waiting() and descriptor() is writable.
  [[nodiscard]] int descriptor() const noexcept { return socket_.get(); }
  [[nodiscard]] bool has_waiting() const noexcept { return !queue_.is_empty(); }
  void flush();
  // Returns when to call flush() although there is no descriptor to wait for, or std::nullopt if
  // there is no such time.
  [[nodiscard]] posix::Deadline next_attempt() const noexcept;

  // Call after the last write(). Starts a writer if there is none, and blocks like the destructor
  // until it has written what is queued and how many records were lost.
  void finish() noexcept;

  // Call when the child `pid` was reaped. Returns whether it was the writer. flush() starts
  // another, at most one in each restart_interval.
  bool on_exit(pid_t pid);
  static constexpr auto restart_interval = std::chrono::seconds(1);

 private:
  void start_writer();
  void enqueue(const Record& record);
  void enqueue_lost();
  void close() noexcept;
  void send_waiting() noexcept { queue_.send(socket_.get()); }

  config::Log settings_;
  Output output_;
  posix::ProcessTitle title_;
  posix::Child writer_;
  posix::Clock::time_point writer_started_;
  posix::Descriptor socket_;
  Queue queue_;
  std::uint64_t lost_ = 0;
};

}  // namespace yodel::log
