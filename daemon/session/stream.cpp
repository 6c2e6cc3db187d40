#include "session/stream.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "posix/signals.hpp"
#include "protocol/launch.hpp"

namespace yodel::session {
namespace {

using posix::Clock;
using protocol::CloseReason;

// A read of this size or more tells of a peer that sends in bulk.
constexpr std::size_t bulk = 4096;
// So many reads may go by without a look at signals and deadlines.
constexpr int most_unwatched_reads = 16;

volatile std::sig_atomic_t told_to_end = 0;
posix::SignalSet while_waiting{};  // the signal mask: the acceptor's, but SIGTERM gets in

// The manager holds the other end of the channel for as long as it lives.
bool manager_is_gone() noexcept {
  pollfd channel{.fd = protocol::channel_descriptor, .events = 0, .revents = 0};
  return ::poll(&channel, 1, 0) > 0 && (channel.revents & POLLHUP) != 0;
}

CloseReason reason_for(int error) noexcept {
  switch (error) {
    case ECONNRESET:
    case EPIPE: return CloseReason::peer_reset;
    case ETIMEDOUT:
    case EHOSTUNREACH:
    case ENETUNREACH: return CloseReason::peer_vanished;
    default: return CloseReason::error;
  }
}

}  // namespace

void install_termination_handler() noexcept {
  struct sigaction action {};
  action.sa_handler = [](int /*signal*/) { told_to_end = 1; };
  ::sigaction(SIGTERM, &action, nullptr);  // no SA_RESTART: a wait is to end
  while_waiting = posix::SignalSet::current().without(SIGTERM);
}

Stream::Stream(int fd, Limits limits, pid_t acceptor) noexcept
    : fd_(fd), acceptor_(acceptor), limits_(limits) {
  // An acceptor that died before PR_SET_PDEATHSIG was set sends no signal any more.
  if (::getppid() != acceptor) told_to_end = 1;
}

bool Stream::session_is_over() const noexcept {
  return limits_.session && Clock::now() >= *limits_.session;
}

// nullopt: a descriptor is ready, or the deadline has passed, which the caller tells from revents.
std::optional<CloseReason> Stream::wait_until(std::span<pollfd> fds,
                                              posix::Deadline deadline) const noexcept {
  for (;;) {
    if (told_to_end != 0) {
      return ::getppid() == acceptor_ ? CloseReason::shutdown : CloseReason::acceptor_died;
    }
    const int ready = posix::poll_until(fds, deadline, &while_waiting.get());
    if (ready >= 0) return std::nullopt;
    if (errno != EINTR) return CloseReason::error;
  }
}

std::optional<CloseReason> Stream::wait_for(short events) noexcept {
  const bool idle_is_limited = limits_.idle > Clock::duration::zero();
  const posix::Deadline idle =
      idle_is_limited ? posix::Deadline(Clock::now() + limits_.idle) : std::nullopt;
  pollfd fd{.fd = fd_, .events = events, .revents = 0};
  if (const auto ended = wait_until({&fd, 1}, posix::earlier(idle, limits_.session))) return ended;
  if (session_is_over()) return CloseReason::session_timeout;
  if (fd.revents == 0) return CloseReason::idle_timeout;
  return std::nullopt;
}

Stream::Read Stream::read(std::span<std::byte> into) noexcept {
  // Bulk is read without waiting first, which saves a call each time. But a peer that never lets us
  // wait must not outlive its deadlines.
  bool wait_first = !more_is_likely_ || ++unwatched_reads_ > most_unwatched_reads;
  for (;;) {
    if (wait_first) {
      unwatched_reads_ = 0;
      if (const auto ended = wait_for(POLLIN)) return {.ended = ended};
    }
    const ssize_t size = ::recv(fd_, into.data(), into.size(), MSG_DONTWAIT);
    if (size > 0) {
      const auto count = static_cast<std::size_t>(size);
      more_is_likely_ = count >= bulk;
      bytes_in_ += count;
      return {.size = count};
    }
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) {
      wait_first = true;
      continue;
    }
    peer_is_done_ = true;
    return {.ended = size == 0 ? CloseReason::eof : reason_for(errno)};
  }
}

std::optional<CloseReason> Stream::write(std::span<const std::byte> bytes) noexcept {
  while (!bytes.empty()) {
    const ssize_t size = ::send(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (size >= 0) {
      bytes_out_ += static_cast<std::uint64_t>(size);
      bytes = bytes.subspan(static_cast<std::size_t>(size));
    } else if (errno == EAGAIN) {
      if (const auto ended = wait_for(POLLOUT)) return ended;
    } else if (errno != EINTR) {
      peer_is_done_ = true;
      return reason_for(errno);
    }
  }
  return std::nullopt;
}

std::optional<CloseReason> Stream::pause(Clock::duration time) noexcept {
  const auto end = Clock::now() + time;
  if (const auto ended = wait_until({}, posix::earlier(end, limits_.session))) return ended;
  if (session_is_over()) return CloseReason::session_timeout;
  return std::nullopt;
}

void Stream::finish() noexcept {
  if (peer_is_done_ || ::shutdown(fd_, SHUT_WR) < 0) return;
  static std::array<std::byte, 65536> drained;
  const auto deadline = Clock::now() + linger_time;
  for (std::uint64_t total = 0; total < linger_bytes && Clock::now() < deadline;) {
    // Nothing outlives the manager, of whose death the acceptor's end tells, by SIGTERM.
    if (told_to_end != 0 && manager_is_gone()) return;
    pollfd fd{.fd = fd_, .events = POLLIN, .revents = 0};
    if (posix::poll_until({&fd, 1}, deadline, &while_waiting.get()) < 0) continue;
    const ssize_t size = ::recv(fd_, drained.data(), drained.size(), MSG_DONTWAIT);
    if (size > 0) {
      total += static_cast<std::uint64_t>(size);
    } else if (size == 0 || (errno != EAGAIN && errno != EINTR)) {
      return;
    }
  }
}

}  // namespace yodel::session
