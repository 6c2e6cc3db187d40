#include "session/stream.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "posix/signals.hpp"
#include "protocol/launch.hpp"

namespace yodel::session {
namespace {

using posix::Clock;
using protocol::CloseReason;

volatile std::sig_atomic_t told_to_end = 0;
volatile std::sig_atomic_t time_is_over = 0;
// A session writes here only if it has another one, as in a build with sanitizers: to write to a
// page costs a page fault, in which it is copied.
volatile std::sig_atomic_t connection = protocol::connection_descriptor;

// Made before the fork, for the same reason.
const posix::SignalSet signals{SIGTERM, SIGALRM};

// 0 would be no limit for socket(7) and setitimer(2): what is over, is so in a microsecond.
timeval timeval_of(Clock::duration time) noexcept {
  const auto whole = std::chrono::ceil<std::chrono::microseconds>(time).count();
  const auto usec = std::max<decltype(whole)>(whole, 1);
  return {.tv_sec = usec / 1'000'000, .tv_usec = usec % 1'000'000};
}

// How long a call waits at that socket, SO_RCVTIMEO or SO_SNDTIMEO, socket(7).
void set_timeout(int fd, int option, Clock::duration time) noexcept {
  const auto timeout = timeval_of(time);
  ::setsockopt(fd, SOL_SOCKET, option, &timeout, sizeof timeout);
}

// Leaves urgent bytes, MSG_OOB, in their place among the others. A TCP connection has this from its
// listener, manager/listener.cpp; a Unix socket inherits nothing.
void keep_urgent_bytes(int fd) noexcept {
  constexpr int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_OOBINLINE, &on, sizeof on);
}

// A signal may come after the look at the flags and before the call that waits, which would not
// notice. So what waits from now on does so for no time.
void take_note(int signal) noexcept {
  const int error = errno;
  (signal == SIGALRM ? time_is_over : told_to_end) = 1;
  set_timeout(connection, SO_RCVTIMEO, {});
  set_timeout(connection, SO_SNDTIMEO, {});
  errno = error;
}

// The manager holds the other end of the channel for as long as it lives.
bool manager_is_gone() noexcept {
  pollfd channel{.fd = protocol::channel_descriptor, .events = 0, .revents = 0};
  return ::poll(&channel, 1, 0) > 0 && (channel.revents & POLLHUP) != 0;
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

void install_signal_handlers() noexcept {
  signals.block();
  struct sigaction action {};
  action.sa_handler = take_note;  // no SA_RESTART: a wait is to end
  ::sigaction(SIGTERM, &action, nullptr);
  ::sigaction(SIGALRM, &action, nullptr);
  action.sa_handler = SIG_IGN;  // splice(2) has no MSG_NOSIGNAL
  ::sigaction(SIGPIPE, &action, nullptr);
}

Stream::Stream(int fd, protocol::Family family, Limits limits, pid_t acceptor) noexcept
    : fd_(fd), acceptor_(acceptor) {
  if (connection != fd) connection = fd;
  if (family == protocol::Family::local) keep_urgent_bytes(fd);
  if (limits.idle > Clock::duration::zero()) {
    set_timeout(fd, SO_RCVTIMEO, limits.idle);
    set_timeout(fd, SO_SNDTIMEO, limits.idle);
  }
  if (limits.session) {
    const itimerval timer{.it_interval = {},
                          .it_value = timeval_of(*limits.session - Clock::now())};
    ::setitimer(ITIMER_REAL, &timer, nullptr);
  }
  signals.unblock();
  // An acceptor that died before PR_SET_PDEATHSIG was set sends no signal any more.
  if (::getppid() != acceptor) told_to_end = 1;
}

// What a signal has told.
std::optional<CloseReason> Stream::told() const noexcept {
  if (told_to_end != 0) {
    return ::getppid() == acceptor_ ? CloseReason::shutdown : CloseReason::acceptor_died;
  }
  if (time_is_over != 0) return CloseReason::session_timeout;
  return std::nullopt;
}

// `call` reads as read(2) does.
Stream::Read Stream::read_by(auto call) noexcept {
  for (;;) {
    if (const auto ended = told()) return {.ended = ended};
    const ssize_t size = call();
    if (size >= 0) {
      bytes_in_ += static_cast<std::uint64_t>(size);
      return {.size = static_cast<std::size_t>(size)};
    }
    const int error = errno;
    if (const auto ended = told()) return {.ended = ended};
    if (error == EINTR) continue;
    peer_is_done_ = error != EAGAIN;
    return {.ended = reason_for(error)};
  }
}

Stream::Read Stream::read(std::span<std::byte> into) noexcept {
  const auto read = read_by([&] { return ::recv(fd_, into.data(), into.size(), 0); });
  if (read.ended || read.size > 0) return read;
  peer_is_done_ = true;
  return {.ended = CloseReason::eof};
}

Stream::Read Stream::read_into_pipe(int pipe, std::size_t size) noexcept {
  return read_by([&] { return ::splice(fd_, nullptr, pipe, nullptr, size, 0); });
}

// `call` writes the last so many of `size` bytes as write(2) does.
std::optional<CloseReason> Stream::write_by(auto call, std::size_t size) noexcept {
  while (size > 0) {
    const ssize_t written = call(size);
    if (written >= 0) {
      bytes_out_ += static_cast<std::uint64_t>(written);
      size -= static_cast<std::size_t>(written);
      continue;
    }
    const int error = errno;
    if (error == EAGAIN || error == EINTR) {
      if (const auto ended = told()) return ended;
      if (error == EINTR) continue;
    } else {
      peer_is_done_ = true;
    }
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
  if (const auto ended = told()) return ended;
  return write_by([&](std::size_t rest) { return ::splice(pipe, nullptr, fd_, nullptr, rest, 0); },
                  size);
}

std::optional<CloseReason> Stream::pause(Clock::duration time) noexcept {
  const auto end = Clock::now() + time;
  sigset_t open_mask{};
  signals.block(&open_mask);
  auto ended = told();
  while (!ended && posix::poll_until({}, end, &open_mask) < 0)
    ended = told();
  signals.unblock();
  return ended;
}

void Stream::finish() noexcept {
  if (peer_is_done_ || ::shutdown(fd_, SHUT_WR) < 0) return;
  // Most who say that they are done have ended their side as well: then there is nothing to wait
  // for.
  static std::array<std::byte, 65536> drained;
  if (::recv(fd_, drained.data(), drained.size(), MSG_DONTWAIT) == 0) return;
  const auto deadline = Clock::now() + linger_time;
  sigset_t open_mask{};
  signals.block(&open_mask);
  for (std::uint64_t total = 0; total < linger_bytes && Clock::now() < deadline;) {
    // Nothing outlives the manager, of whose death the acceptor's end tells, by SIGTERM.
    if (told_to_end != 0 && manager_is_gone()) return;
    pollfd fd{.fd = fd_, .events = POLLIN, .revents = 0};
    if (posix::poll_until({&fd, 1}, deadline, &open_mask) < 0) continue;
    const ssize_t size = ::recv(fd_, drained.data(), drained.size(), MSG_DONTWAIT);
    if (size > 0) {
      total += static_cast<std::uint64_t>(size);
    } else if (size == 0 || (errno != EAGAIN && errno != EINTR)) {
      return;
    }
  }
}

}  // namespace yodel::session
