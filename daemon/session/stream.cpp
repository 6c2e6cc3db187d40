#include "session/stream.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

#include "posix/receive_stamped.hpp"
#include "session/signals.hpp"

namespace yodel::session {
namespace {

using posix::Clock;
using protocol::CloseReason;

// Makes the kernel deliver urgent bytes, MSG_OOB, in line with the others. A TCP connection
// inherits this from its listener, manager/socket_options.cpp; a Unix socket inherits nothing.
void keep_urgent_bytes_inline(int fd) noexcept {
  constexpr int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_OOBINLINE, &on, sizeof on);
}

// Reads and discards input without waiting. Returns what recv(2) returns.
ssize_t drain(int fd) noexcept {
  static std::array<std::byte, 65536> drained;
  return ::recv(fd, drained.data(), drained.size(), MSG_DONTWAIT);
}

CloseReason reason_for(int error) noexcept {
  switch (error) {
    case EAGAIN: return CloseReason::idle_timeout;
    case ECONNRESET:
    case EPIPE: return CloseReason::peer_reset;
    case ETIMEDOUT:
    case EHOSTUNREACH:
    case ENETUNREACH: return CloseReason::peer_vanished;
    default: return CloseReason::error;
  }
}

}  // namespace

Stream::Stream(int fd, protocol::Family family, Limits limits, pid_t acceptor) noexcept
    : fd_(fd), acceptor_(acceptor), family_(family), accepted_(limits.accepted) {
  if (family == protocol::Family::local) keep_urgent_bytes_inline(fd);
  if (limits.idle > Clock::duration::zero()) {
    set_timeout(fd, SO_RCVTIMEO, limits.idle);
    set_timeout(fd, SO_SNDTIMEO, limits.idle);
  }
  enable_signals(fd, limits.session);
  // If the acceptor died before PR_SET_PDEATHSIG was set, no signal comes.
  if (::getppid() != acceptor) request_end();
}

CloseReason Stream::shutdown_reason() const noexcept {
  return ::getppid() == acceptor_ ? CloseReason::shutdown : CloseReason::acceptor_died;
}

// Returns why the session must stop even if it owes replies, or std::nullopt if it need not.
std::optional<CloseReason> Stream::must_stop() const noexcept {
  switch (stop_requested()) {
    case Stop::none:
    case Stop::when_nothing_is_owed: break;
    case Stop::timed_out: return CloseReason::session_timeout;
    case Stop::now: return shutdown_reason();
  }
  return std::nullopt;
}

// Returns whether the peer sends another message within 20 ms, for a session that was told to end
// while it waits for one: on a new connection the first message may be on its way. Without this, a
// restart under load cut one dialogue in 1,000.
bool Stream::wait_for_another_message() const noexcept {
  constexpr auto message_time = std::chrono::milliseconds(20);
  constexpr auto new_for = std::chrono::seconds(1);
  if (Clock::now() - accepted_ > new_for) return false;  // idle, as most sessions are at a stop
  pollfd fd{.fd = fd_, .events = POLLIN, .revents = 0};
  return posix::poll_until({&fd, 1}, Clock::now() + message_time) > 0;
}

// Reads by `call`, which returns what read(2) returns.
Stream::Read Stream::read_by(auto call) noexcept {
  for (;;) {
    if (const auto ended = must_stop()) return {.ended = ended};
    const ssize_t size = call();
    if (size >= 0) {
      bytes_in_ += static_cast<std::uint64_t>(size);
      return {.size = static_cast<std::size_t>(size)};
    }
    const int error = errno;
    const auto ended = must_stop();
    // Told to end: the next call does not wait, and returns what has arrived.
    if (error == EINTR && !ended) continue;
    owes_nothing_ = error == EAGAIN || error == EINTR;
    peer_is_done_ = !owes_nothing_;
    if (ended) return {.ended = ended};
    const bool terminate_requested =
        owes_nothing_ && stop_requested() == Stop::when_nothing_is_owed;
    if (terminate_requested && !std::exchange(has_waited_, true) && wait_for_another_message())
      continue;
    return {.ended = terminate_requested ? shutdown_reason() : reason_for(error)};
  }
}

// Reads by `call`, which is given flags and returns what recv(2) returns.
Stream::Read Stream::receive_by(auto call) noexcept {
  const auto read = read_by([&] {
    // The shortened timeout would do too, but it waits for at least one tick of the kernel's clock.
    return call(stop_requested() == Stop::none ? 0 : MSG_DONTWAIT);
  });
  if (read.ended || read.size > 0) return read;
  peer_is_done_ = true;
  return {.ended = CloseReason::eof};
}

Stream::Read Stream::read(std::span<std::byte> into) noexcept {
  return receive_by([&](int flags) { return ::recv(fd_, into.data(), into.size(), flags); });
}

Stream::Read Stream::read(std::span<std::byte> into, std::optional<timespec>& arrived) noexcept {
  return receive_by([&](int flags) { return posix::receive_stamped(fd_, into, flags, arrived); });
}

Stream::Read Stream::read_into_pipe(int pipe, std::size_t size) noexcept {
  return read_by([&] { return ::splice(fd_, nullptr, pipe, nullptr, size, 0); });
}

// Writes `size` bytes by `call`, which is given the number of bytes left, writes from the first of
// them on, and returns what write(2) returns.
std::optional<CloseReason> Stream::write_by(auto call, std::size_t size) noexcept {
  // Set once the session was told to end: how many bytes the peer had not acknowledged when last
  // looked at. While the number falls, the peer is reading, and the session goes on.
  std::optional<int> left;
  while (size > 0) {
    if (!left && stop_requested() == Stop::when_nothing_is_owed) left = unacknowledged();
    const ssize_t written = call(size);
    if (written >= 0) {
      bytes_out_ += static_cast<std::uint64_t>(written);
      size -= static_cast<std::size_t>(written);
      left.reset();
      continue;
    }
    const int error = errno;
    if (error == EAGAIN || error == EINTR) {
      if (const auto ended = must_stop()) return ended;
      if (error == EINTR) continue;
      if (!left) return reason_for(error);
      const int previous = *std::exchange(left, unacknowledged());
      if (*left < previous) continue;
      peer_is_done_ = true;  // it reads nothing
      return shutdown_reason();
    }
    peer_is_done_ = true;
    return reason_for(error);
  }
  return std::nullopt;
}

std::optional<CloseReason> Stream::write(std::span<const std::byte> bytes) noexcept {
  return write_by(
      [&](std::size_t rest) { return ::send(fd_, bytes.last(rest).data(), rest, MSG_NOSIGNAL); },
      bytes.size());
}

std::optional<CloseReason> Stream::write_from_pipe(int pipe, std::size_t size) noexcept {
  if (const auto ended = must_stop()) return ended;
  return write_by([&](std::size_t rest) { return ::splice(pipe, nullptr, fd_, nullptr, rest, 0); },
                  size);
}

std::optional<CloseReason> Stream::pause(Clock::duration time) noexcept {
  const auto end = Clock::now() + time;
  sigset_t unblocked{};
  block_signals(unblocked);
  auto ended = must_stop();
  while (!ended) {
    pollfd peer{.fd = fd_, .events = 0, .revents = 0};  // wakes on POLLERR and POLLHUP only
    const int ready = posix::poll_until({&peer, 1}, end, &unblocked);
    if (ready == 0) break;
    ended = ready > 0 ? reason_of_hangup() : must_stop();
  }
  unblock_signals();
  return ended;
}

// Returns why poll(2) reported POLLERR or POLLHUP: the connection has ended in both directions.
CloseReason Stream::reason_of_hangup() noexcept {
  peer_is_done_ = true;
  const bool is_open = ::send(fd_, nullptr, 0, MSG_NOSIGNAL | MSG_DONTWAIT) == 0;
  return is_open ? CloseReason::error : reason_for(errno);
}

// Returns how many bytes the peer's kernel has not acknowledged; the end of our side counts as one,
// tcp(7). For a Unix socket, returns the memory that holds what the peer has not read, unix(7).
int Stream::unacknowledged() const noexcept {
  int size = 0;
  ::ioctl(fd_, SIOCOUTQ, &size);
  return size;
}

bool Stream::finish() noexcept {
  if (peer_is_done_ || ::shutdown(fd_, SHUT_WR) < 0) return false;
  // Most peers that send "exit" have also ended their side, so there is nothing to wait for.
  const ssize_t size = drain(fd_);
  if (size == 0 || (owes_nothing_ && size < 0 && wait_until_acknowledged())) return false;
  linger();
  return true;
}

// Returns false if a reset could still destroy something.
bool Stream::wait_until_acknowledged() noexcept {
  // Bytes written to a Unix socket are in the peer's queue, where no reset destroys them.
  if (family_ == protocol::Family::local) return true;
  const auto deadline = Clock::now() + settle_time;
  // A Linux peer that does not end its own side delays the acknowledgement of ours by 40 ms.
  for (Clock::duration pause = std::chrono::milliseconds(50);; pause *= 2) {
    const int left = unacknowledged();
    if (left == 0) return true;
    const auto now = Clock::now();
    if (now >= deadline) return left == 1;
    pollfd fd{.fd = fd_, .events = POLLIN, .revents = 0};
    if (posix::poll_until({&fd, 1}, std::min(now + pause, deadline)) > 0) return drain(fd_) <= 0;
  }
}

void Stream::linger() noexcept {
  const auto deadline = Clock::now() + linger_time;
  sigset_t unblocked{};
  block_signals(unblocked);
  for (std::uint64_t total = 0; total < linger_bytes && Clock::now() < deadline;) {
    // Nothing outlives the manager: its death ends the acceptor, whose death sends end_signal here.
    if (stop_requested() == Stop::now && manager_is_gone()) return;
    pollfd fd{.fd = fd_, .events = POLLIN, .revents = 0};
    if (posix::poll_until({&fd, 1}, deadline, &unblocked) < 0) continue;
    const ssize_t size = drain(fd_);
    if (size == 0 || (size < 0 && errno != EAGAIN && errno != EINTR)) return;
    total += static_cast<std::uint64_t>(std::max<ssize_t>(size, 0));
  }
}

}  // namespace yodel::session
