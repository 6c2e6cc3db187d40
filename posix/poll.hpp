// Waiting for descriptors until a point in time.
#pragma once

#include <chrono>
#include <csignal>
#include <optional>
#include <poll.h>
#include <span>

namespace yodel::posix {

// CLOCK_MONOTONIC, clock_gettime(2): every deadline of ours is a point on this clock.
using Clock = std::chrono::steady_clock;
using Deadline = std::optional<Clock::time_point>;  // nullopt: no limit

// Returns Clock::now() by a plain system call. A forked process that looks at the clock once is
// better off without the vDSO, vdso(7): its first use costs a page fault.
[[nodiscard]] Clock::time_point now_by_system_call() noexcept;

// The earlier of two deadlines.
[[nodiscard]] Deadline earlier(Deadline a, Deadline b) noexcept;

// Waits, ppoll(2), until one of `fds` is ready, `deadline` has passed or a signal that `during`
// lets in has arrived (`during` is the signal mask while waiting; null leaves the mask as it is).
// Gives the number of descriptors that are ready, 0 at the deadline, -1 with errno (EINTR: a
// signal). An empty `fds` just waits.
int poll_until(std::span<pollfd> fds, Deadline deadline, const sigset_t* during = nullptr) noexcept;

}  // namespace yodel::posix
