// A session's connection: reads, writes, pauses and a close, each bounded in time.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <optional>
#include <span>
#include <sys/types.h>

#include "posix/poll.hpp"
#include "protocol/endpoint.hpp"
#include "protocol/event.hpp"

namespace yodel::session {

// The connection of a session. A process has at most one Stream.
//
// Reads and writes are blocking system calls with the socket's own timeouts, so they need neither a
// clock nor poll(2) beforehand.
//
// Signals end a Stream, signals.hpp. After Stop::when_nothing_is_owed it goes on until it would
// have to wait for the peer: read() still returns what has arrived, pause() still completes, and so
// does write(), unless the peer reads nothing for `patience`. Within 1 s of the accept, a read once
// waits up to 20 ms for another message.
//
// A function that returns an optional CloseReason returns std::nullopt if it has done its work, or
// why the session must end.
class Stream {
 public:
  struct Limits {
    posix::Clock::duration idle{};  // how long no byte may move; 0: no limit
    posix::Deadline session;        // when the session must end
    posix::Clock::time_point accepted{};
  };

  // `fd` is a blocking socket of `family`, which the caller owns. `acceptor` is the pid of the
  // parent, whose death sends end_signal, PR_SET_PDEATHSIG. Enables the signals.
  Stream(int fd, protocol::Family family, Limits limits, pid_t acceptor) noexcept;

  struct Read {
    std::size_t size = 0;                          // bytes; at least 1 from read(), unless `ended`
    std::optional<protocol::CloseReason> ended{};  // why the session must end; nothing was read
  };
  // Waits for bytes and reads up to into.size() of them, recv(2). At the peer's end of file `ended`
  // is CloseReason::eof.
  [[nodiscard]] Read read(std::span<std::byte> into) noexcept;

  // Does the same on a TCP connection, recvmsg(2), and sets `arrived` to the time at which the last
  // of the bytes reached this host, or to std::nullopt if the kernel has not stamped them.
  [[nodiscard]] Read read(std::span<std::byte> into, std::optional<timespec>& arrived) noexcept;

  // Writes all of `bytes`, send(2).
  [[nodiscard]] std::optional<protocol::CloseReason> write(
      std::span<const std::byte> bytes) noexcept;

  // Does the same without copying, splice(2). `pipe` is an end of a pipe: read_into_pipe() moves up
  // to `size` bytes into it, write_from_pipe() moves exactly `size` bytes out of it. A read of 0
  // bytes that has not `ended` means that the next input, the end of file or an urgent byte, cannot
  // be spliced: call read().
  [[nodiscard]] Read read_into_pipe(int pipe, std::size_t size) noexcept;
  [[nodiscard]] std::optional<protocol::CloseReason> write_from_pipe(int pipe,
                                                                     std::size_t size) noexcept;

  // Waits for `time`, or until something ends the session, such as a reset. The peer's end of file
  // does not end it: a half-closed peer still gets its replies.
  [[nodiscard]] std::optional<protocol::CloseReason> pause(posix::Clock::duration time) noexcept;

  // Shuts the connection down so that everything that was written arrives: ends our side,
  // shutdown(2), and lingers, that is, reads and discards until the peer's end of file, for at most
  // linger_time and linger_bytes. A close(2) with unread input would make the kernel reset the
  // connection (RFC 9293, 3.6.1; RFC 2525, 2.17), and a reset destroys replies in flight. Without
  // lingering, tcpserver and tcpsvd reset 30 of 30 such connections.
  //
  // A session that ended while it waited for its peer does not linger if, within settle_time, the
  // peer acknowledges every byte and sends none. The end of our side may remain unacknowledged.
  //
  // Returns whether it has lingered. The caller closes the connection.
  bool finish() noexcept;
  static constexpr auto linger_time = std::chrono::seconds(2);
  static constexpr std::uint64_t linger_bytes = std::uint64_t{16} << 20;
  static constexpr auto settle_time = std::chrono::milliseconds(200);

  // The bytes read and written so far. Those that finish() discards are not counted.
  [[nodiscard]] std::uint64_t bytes_in() const noexcept { return bytes_in_; }
  [[nodiscard]] std::uint64_t bytes_out() const noexcept { return bytes_out_; }
  // Adds bytes that the acceptor has already sent to this peer.
  void count_sent(std::uint64_t bytes) noexcept { bytes_out_ += bytes; }

 private:
  [[nodiscard]] protocol::CloseReason shutdown_reason() const noexcept;
  [[nodiscard]] std::optional<protocol::CloseReason> must_stop() const noexcept;
  [[nodiscard]] bool wait_for_another_message() const noexcept;
  [[nodiscard]] Read read_by(auto call) noexcept;
  [[nodiscard]] Read receive_by(auto call) noexcept;
  [[nodiscard]] std::optional<protocol::CloseReason> write_by(auto call, std::size_t size) noexcept;
  [[nodiscard]] protocol::CloseReason reason_of_hangup() noexcept;
  [[nodiscard]] int unacknowledged() const noexcept;
  [[nodiscard]] bool wait_until_acknowledged() noexcept;
  void linger() noexcept;

  int fd_;
  pid_t acceptor_;
  protocol::Family family_;
  std::uint64_t bytes_in_ = 0;
  std::uint64_t bytes_out_ = 0;
  bool peer_is_done_ = false;  // it has ended its side, has gone, or reads nothing
  posix::Clock::time_point accepted_;
  bool has_waited_ = false;    // wait_for_another_message() was called
  bool owes_nothing_ = false;  // the last read found no input: all replies are written
};

}  // namespace yodel::session
