// The manager's log: records leave without the manager ever waiting for whoever takes them.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

#include "config/settings.hpp"
#include "manager/record.hpp"
#include "posix/child.hpp"
#include "posix/descriptor.hpp"
#include "posix/poll.hpp"
#include "posix/process_title.hpp"

namespace yodel::manager {

// Hands records to the log writer, a process of its own (log_writer.hpp): a write to the journal or
// to standard error may block for as long as its reader likes, and nothing that serves, reloads or
// stops may hang with it. Records that the writer does not take wait here, up to most_waiting
// bytes; what comes then is dropped and counted, and the count becomes a record when there is room
// again.
class Log {
 public:
  static constexpr std::size_t most_waiting = std::size_t{8} << 20;

  // Starts the writer, which shows a title of its own. Throws std::system_error.
  Log(config::Log settings, posix::ProcessTitle title);
  // Gives the writer a limited time to write what waits.
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;
  Log(Log&&) = delete;
  Log& operator=(Log&&) = delete;

  // From now on. A target that is not there is replaced: see journal_is_missing().
  void apply(config::Log settings);
  // The file asks for the journal and this host has none: records go to standard error.
  [[nodiscard]] bool journal_is_missing() const noexcept;

  [[nodiscard]] bool wants(config::Level level) const noexcept { return level >= settings_.level; }
  // Takes the record if its level is wanted. It leaves with flush().
  void write(const Record& record);

  // For the event loop: the socket, and whether to call flush() when it can be written.
  [[nodiscard]] int descriptor() const noexcept { return socket_.get(); }
  [[nodiscard]] bool has_waiting() const noexcept { return !waiting_.empty(); }
  void flush();
  // When flush() can do more than now, with no descriptor to wait for; nullopt: never.
  [[nodiscard]] posix::Deadline next_attempt() const noexcept;

  // The child `pid` was collected. True: it was the writer. flush() starts another, but not more
  // often than every restart_interval.
  bool take_ending(pid_t pid);
  static constexpr auto restart_interval = std::chrono::seconds(1);

 private:
  void start_writer();
  void send_waiting() noexcept;
  void enqueue(const Record& record);

  config::Log settings_;
  posix::ProcessTitle title_;
  config::Target target_{};  // what settings_.target comes to on this host
  posix::Child writer_;
  posix::Clock::time_point writer_started_;
  posix::Descriptor socket_;
  std::deque<std::string> waiting_;  // frames
  std::size_t waiting_bytes_ = 0;
  std::size_t sent_of_first_ = 0;  // bytes
  std::uint64_t lost_ = 0;
};

}  // namespace yodel::manager
