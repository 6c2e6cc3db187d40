#include "session/signals.hpp"

#include <algorithm>
#include <cerrno>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "posix/signals.hpp"
#include "protocol/launch.hpp"

namespace yodel::session {
namespace {

using posix::Clock;

volatile std::sig_atomic_t requested = 0;  // a Stop
// A session's connection has this number, except in a build with sanitizers. So a session need not
// write here: the first write to a page after a fork costs a page fault and a copy of the page.
volatile std::sig_atomic_t connection = protocol::connection_descriptor;

// Initialised before the fork, for the same reason.
const posix::SignalSet signals{protocol::end_signal, protocol::hurry_signal, SIGALRM};

// Returns at least 1 µs: 0 would mean no limit to socket(7) and setitimer(2).
timeval timeval_of(Clock::duration time) noexcept {
  const auto whole = std::chrono::ceil<std::chrono::microseconds>(time).count();
  const auto usec = std::max<decltype(whole)>(whole, 1);
  return {.tv_sec = usec / 1'000'000, .tv_usec = usec % 1'000'000};
}

Stop meaning_of(int signal) noexcept {
  switch (signal) {
    case SIGALRM: return Stop::timed_out;
    case protocol::hurry_signal: return Stop::now;
    default: return manager_is_gone() ? Stop::now : Stop::when_nothing_is_owed;
  }
}

// Shortens the socket's timeouts here, in the handler: a signal that arrives after the session has
// looked at `requested` and before its next system call would not interrupt that call.
void on_signal(int signal) noexcept {
  const int error = errno;
  const auto stop = std::max(meaning_of(signal), stop_requested());
  requested = static_cast<std::sig_atomic_t>(stop);
  set_timeout(connection, SO_RCVTIMEO, {});
  set_timeout(connection, SO_SNDTIMEO,
              stop == Stop::when_nothing_is_owed ? Clock::duration(patience) : Clock::duration());
  errno = error;
}

}  // namespace

void install_signal_handlers() noexcept {
  signals.block();
  struct sigaction action {};
  action.sa_handler = on_signal;  // no SA_RESTART: a signal must interrupt a call that waits
  action.sa_mask = signals.get();
  for (const int signal : {protocol::end_signal, protocol::hurry_signal, SIGALRM})
    ::sigaction(signal, &action, nullptr);
  action.sa_handler = SIG_IGN;  // splice(2) has no MSG_NOSIGNAL
  ::sigaction(SIGPIPE, &action, nullptr);
}

void enable_signals(int fd, posix::Deadline deadline) noexcept {
  if (connection != fd) connection = fd;
  if (deadline) {
    const itimerval timer{.it_interval = {}, .it_value = timeval_of(*deadline - Clock::now())};
    ::setitimer(ITIMER_REAL, &timer, nullptr);
  }
  signals.unblock();
}

void block_signals(sigset_t& unblocked) noexcept {
  signals.block(&unblocked);
}

void unblock_signals() noexcept {
  signals.unblock();
}

void request_end() noexcept {
  on_signal(protocol::end_signal);
}

Stop stop_requested() noexcept {
  return static_cast<Stop>(requested);
}

bool manager_is_gone() noexcept {
  pollfd channel{.fd = protocol::channel_descriptor, .events = 0, .revents = 0};
  return ::poll(&channel, 1, 0) > 0 && (channel.revents & POLLHUP) != 0;
}

void set_timeout(int fd, int option, Clock::duration time) noexcept {
  const auto timeout = timeval_of(time);
  ::setsockopt(fd, SOL_SOCKET, option, &timeout, sizeof timeout);
}

}  // namespace yodel::session
