// The signals that end a session: end_signal and hurry_signal, protocol/launch.hpp, and SIGALRM.
#pragma once

#include <chrono>
#include <csignal>
#include <cstdint>

#include "posix/poll.hpp"

namespace yodel::session {

// The most urgent request that signals have made so far. The values are in order of urgency.
enum class Stop : std::uint8_t {
  none,
  when_nothing_is_owed,  // end_signal: as soon as the peer is owed no reply
  timed_out,             // SIGALRM: limits.session_timeout has expired
  now                    // hurry_signal; or end_signal after the manager's death
};

// Installs the handlers and blocks the signals. The acceptor calls this once, for all sessions that
// it forks.
void install_signal_handlers() noexcept;

// Unblocks the signals for the session whose connection is `fd`, and requests Stop::timed_out at
// `deadline`. A signal interrupts a call that waits at that socket. It also shortens the socket's
// timeouts, so that a later read returns what has arrived without waiting, and a later write waits
// for at most `patience` if the peer reads nothing. From Stop::timed_out on, a write does not wait
// either.
void enable_signals(int fd, posix::Deadline deadline) noexcept;
constexpr auto patience = std::chrono::seconds(1);

// Blocks the signals. Sets `unblocked` to the mask for poll_until() with which they interrupt its
// wait.
void block_signals(sigset_t& unblocked) noexcept;
// Unblocks the signals again.
void unblock_signals() noexcept;

// Acts as if end_signal had arrived.
void request_end() noexcept;

// Returns the most urgent request so far.
[[nodiscard]] Stop stop_requested() noexcept;

// Returns whether the manager has died: it keeps the other end of the channel open while it lives.
[[nodiscard]] bool manager_is_gone() noexcept;

// Sets how long a call waits at the socket `fd`: `option` is SO_RCVTIMEO or SO_SNDTIMEO, socket(7).
// A `time` of 0 or less becomes 1 µs, since 0 would mean no limit.
void set_timeout(int fd, int option, posix::Clock::duration time) noexcept;

}  // namespace yodel::session
