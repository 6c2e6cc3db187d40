// The session's side of its one connection: reading, writing, waiting and closing, all in bounds.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <sys/types.h>

#include "posix/poll.hpp"
#include "protocol/endpoint.hpp"
#include "protocol/event.hpp"

namespace yodel::session {

// Waits are system calls that block, each with the socket's own timeout: where they wait anyway,
// nothing has to be asked of a clock or of poll(2) first. There is one Stream in a process.
//
// Signals end it, signals.hpp. Told to end when nothing is owed, it goes on until it would wait for
// the peer: read() returns what has arrived by then, and write() and pause() do their work, unless
// the peer takes nothing of what is sent for as long as `patience`.
class Stream {
 public:
  struct Limits {
    posix::Clock::duration idle{};  // how long nothing may move; 0: no limit
    posix::Deadline session;        // when the session must end
    posix::Clock::time_point accepted{};
  };

  // `fd`, which is blocking and of a `family` of sockets, stays the caller's. `acceptor` is the pid
  // of the parent, whose death sends end_signal, PR_SET_PDEATHSIG.
  Stream(int fd, protocol::Family family, Limits limits, pid_t acceptor) noexcept;

  struct Read {
    std::size_t size = 0;                          // at least 1, when not ended
    std::optional<protocol::CloseReason> ended{};  // eof or worse; nothing was read
  };
  // Waits for bytes and reads at most `into`, recv(2).
  [[nodiscard]] Read read(std::span<std::byte> into) noexcept;

  // Writes all of `bytes`, send(2). nullopt: done; else why not.
  [[nodiscard]] std::optional<protocol::CloseReason> write(
      std::span<const std::byte> bytes) noexcept;

  // The same without a copy of the bytes, splice(2): what is read goes into a pipe, at most `size`
  // bytes, and what is written, `size` bytes, comes out of one. They are the numbers of its ends.
  // Size 0, not ended: what comes next cannot be moved, but read(). It is the end, or
  // an urgent byte.
  [[nodiscard]] Read read_into_pipe(int pipe, std::size_t size) noexcept;
  [[nodiscard]] std::optional<protocol::CloseReason> write_from_pipe(int pipe,
                                                                     std::size_t size) noexcept;

  // Lets `time` pass. nullopt: it has; else what ended the session meanwhile, for one the peer's
  // reset. Its end of file does not: it still wants its replies.
  [[nodiscard]] std::optional<protocol::CloseReason> pause(posix::Clock::duration time) noexcept;

  // Ends the conversation so that all that was written arrives: ends our side, shutdown(2), and
  // reads what the peer still sends until its end of file, for at most linger_time and
  // linger_bytes. A close(2) with unread input would make the kernel reset the connection (RFC
  // 9293, 3.6.1; RFC 2525, 2.17), and a reset destroys what is still on its way.
  //
  // A session that ended while it waited for its peer does not linger. It ends when the peer has
  // acknowledged everything, or everything but the end of our side for settle_time, and sends
  // nothing. Returns whether it has lingered.
  bool finish() noexcept;
  static constexpr auto linger_time = std::chrono::seconds(2);
  static constexpr std::uint64_t linger_bytes = std::uint64_t{16} << 20;
  static constexpr auto settle_time = std::chrono::milliseconds(200);

  // Counts for the report; what finish() drains is in neither.
  [[nodiscard]] std::uint64_t bytes_in() const noexcept { return bytes_in_; }
  [[nodiscard]] std::uint64_t bytes_out() const noexcept { return bytes_out_; }
  // Bytes that the acceptor has already sent to this peer.
  void count_sent(std::uint64_t bytes) noexcept { bytes_out_ += bytes; }

 private:
  [[nodiscard]] protocol::CloseReason shutdown_reason() const noexcept;
  [[nodiscard]] std::optional<protocol::CloseReason> must_stop() const noexcept;
  [[nodiscard]] bool has_another_message() const noexcept;
  [[nodiscard]] Read read_by(auto call) noexcept;
  [[nodiscard]] std::optional<protocol::CloseReason> write_by(auto call, std::size_t size) noexcept;
  [[nodiscard]] protocol::CloseReason reason_of_hangup() noexcept;
  [[nodiscard]] int unacknowledged() const noexcept;
  [[nodiscard]] bool settle() noexcept;
  void linger() noexcept;

  int fd_;
  pid_t acceptor_;
  protocol::Family family_;
  std::uint64_t bytes_in_ = 0;
  std::uint64_t bytes_out_ = 0;
  bool peer_is_done_ = false;  // its end of file or its reset was seen, or it takes nothing
  posix::Clock::time_point accepted_;
  bool has_waited_ = false;    // it has waited once more for input since it was told to end
  bool owes_nothing_ = false;  // the session ended while it waited for the peer to send
};

}  // namespace yodel::session
