// The session's side of its one connection: reading, writing, waiting and closing, all in bounds.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <sys/types.h>

#include "posix/poll.hpp"
#include "protocol/event.hpp"

namespace yodel::session {

// SIGTERM tells a session to end. The acceptor installs the handler once, for all who are forked
// from it, with SIGTERM and all that it reads by signalfd(2) blocked already; a session lets
// SIGTERM in only while it waits.
void install_termination_handler() noexcept;

class Stream {
 public:
  struct Limits {
    posix::Clock::duration idle{};  // how long nothing may move; 0: no limit
    posix::Deadline session;        // when the session must end
  };

  // `fd` stays the caller's. `acceptor` is the pid of the parent, whose death sends SIGTERM,
  // PR_SET_PDEATHSIG: the session ends with it.
  Stream(int fd, Limits limits, pid_t acceptor) noexcept;

  struct Read {
    std::size_t size = 0;                          // at least 1, when not ended
    std::optional<protocol::CloseReason> ended{};  // eof or worse; nothing was read
  };
  // Waits for bytes and reads at most `into`, recv(2).
  [[nodiscard]] Read read(std::span<std::byte> into) noexcept;

  // Writes all of `bytes`, send(2). nullopt: done; else why not.
  [[nodiscard]] std::optional<protocol::CloseReason> write(
      std::span<const std::byte> bytes) noexcept;

  // Lets `time` pass. nullopt: it has; else what ended the session meanwhile.
  [[nodiscard]] std::optional<protocol::CloseReason> pause(posix::Clock::duration time) noexcept;

  // Ends the conversation so that all that was written arrives: ends our side, shutdown(2), and
  // reads what the peer still sends until its end of file, for at most linger_time and
  // linger_bytes. A close(2) with unread input would make the kernel reset the connection (RFC
  // 9293, 3.6.1; RFC 2525, 2.17), and a reset destroys what is still on its way.
  void finish() noexcept;
  static constexpr auto linger_time = std::chrono::seconds(2);
  static constexpr std::uint64_t linger_bytes = std::uint64_t{16} << 20;

  // Counts for the report; what finish() drains is in neither.
  [[nodiscard]] std::uint64_t bytes_in() const noexcept { return bytes_in_; }
  [[nodiscard]] std::uint64_t bytes_out() const noexcept { return bytes_out_; }
  // Bytes that the acceptor has already sent to this peer.
  void count_sent(std::uint64_t bytes) noexcept { bytes_out_ += bytes; }

 private:
  [[nodiscard]] std::optional<protocol::CloseReason> wait_for(short events) noexcept;
  [[nodiscard]] std::optional<protocol::CloseReason> wait_until(
      std::span<pollfd> fds, posix::Deadline deadline) const noexcept;
  [[nodiscard]] bool session_is_over() const noexcept;

  int fd_;
  pid_t acceptor_;
  Limits limits_;
  std::uint64_t bytes_in_ = 0;
  std::uint64_t bytes_out_ = 0;
  int unwatched_reads_ = 0;  // in a row without a wait, in which no signal and no deadline is seen
  bool more_is_likely_ = false;
  bool peer_is_done_ = false;  // its end of file, or its reset, was seen
};

}  // namespace yodel::session
