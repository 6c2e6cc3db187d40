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
// A session writes here only if it has another one, as in a build with sanitizers: to write to a
// page costs a page fault, in which it is copied.
volatile std::sig_atomic_t connection = protocol::connection_descriptor;

// Made before the fork, for the same reason.
const posix::SignalSet signals{protocol::end_signal, protocol::hurry_signal, SIGALRM};

// 0 would be no limit for socket(7) and setitimer(2): what is over, is so in a microsecond.
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

// A signal may come after the look at `requested` and before the call that waits, which would not
// notice. So the timeouts change here.
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
  action.sa_handler = on_signal;  // no SA_RESTART: a wait must end
  action.sa_mask = signals.get();
  for (const int signal : {protocol::end_signal, protocol::hurry_signal, SIGALRM})
    ::sigaction(signal, &action, nullptr);
  action.sa_handler = SIG_IGN;  // splice(2) has no MSG_NOSIGNAL
  ::sigaction(SIGPIPE, &action, nullptr);
}

void let_signals_in(int fd, posix::Deadline deadline) noexcept {
  if (connection != fd) connection = fd;
  if (deadline) {
    const itimerval timer{.it_interval = {}, .it_value = timeval_of(*deadline - Clock::now())};
    ::setitimer(ITIMER_REAL, &timer, nullptr);
  }
  signals.unblock();
}

void keep_signals_out(sigset_t& before) noexcept {
  signals.block(&before);
}

void let_signals_in_again() noexcept {
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
