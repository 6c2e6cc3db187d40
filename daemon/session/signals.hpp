// The signals that end a session.
#pragma once

#include <chrono>
#include <csignal>
#include <cstdint>

#include "posix/poll.hpp"

namespace yodel::session {

// What they have asked for, the more urgent the greater.
enum class Stop : std::uint8_t {
  none,
  when_nothing_is_owed,  // end_signal, protocol/launch.hpp
  timed_out,             // SIGALRM: the session has lasted as long as it may
  now                    // hurry_signal; or end_signal, and the manager is gone
};

// Installs the handlers. The acceptor does it once, for all who are forked from it. The signals are
// blocked from then on.
void install_signal_handlers() noexcept;

// Lets them in, for the session whose connection is `fd`. A wait at that socket ends when one
// comes, and later ones do not begin: reads take what is there, and writes wait for at most
// `patience` for a peer who takes nothing; from timed_out on nothing waits. From `deadline` on
// it is timed_out.
void let_signals_in(int fd, posix::Deadline deadline) noexcept;
constexpr auto patience = std::chrono::seconds(1);

// Keeps them out, and sets `before` to the mask in which they were let in; lets them in again.
void keep_signals_out(sigset_t& before) noexcept;
void let_signals_in_again() noexcept;

// Does what end_signal does.
void request_end() noexcept;

[[nodiscard]] Stop stop_requested() noexcept;

// The manager holds the other end of the channel for as long as it lives.
[[nodiscard]] bool manager_is_gone() noexcept;

// Sets how long a call waits at that socket, SO_RCVTIMEO or SO_SNDTIMEO, socket(7).
void set_timeout(int fd, int option, posix::Clock::duration time) noexcept;

}  // namespace yodel::session
