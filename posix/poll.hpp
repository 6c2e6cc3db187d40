// Waiting for descriptors until a point in time.
#pragma once

#include <chrono>
#include <csignal>
#include <optional>
#include <poll.h>
#include <span>

namespace yodel::posix {

// The clock of all deadlines: CLOCK_MONOTONIC, clock_gettime(2).
using Clock = std::chrono::steady_clock;
using Deadline = std::optional<Clock::time_point>;  // nullopt: no limit

// Returns Clock::now(), by a system call instead of the vDSO, vdso(7): the first use of the vDSO
// costs a forked process a page fault, which does not pay for one look at the clock.
[[nodiscard]] Clock::time_point now_by_system_call() noexcept;

// Returns the earlier of two deadlines.
[[nodiscard]] Deadline earlier(Deadline a, Deadline b) noexcept;

// Blocks until one of `fds` is ready, a signal arrives, or `deadline`: ppoll(2). `during` is the
// signal mask meanwhile; null keeps the current one. Returns the number of ready descriptors, 0 at
// the deadline, or -1 with errno (EINTR after a signal). `fds` may be empty.
int poll_until(std::span<pollfd> fds, Deadline deadline, const sigset_t* during = nullptr) noexcept;

}  // namespace yodel::posix
