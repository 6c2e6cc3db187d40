// Sets of signals, and taking signals in a loop.
#pragma once

#include <csignal>
#include <initializer_list>
#include <optional>

#include "posix/descriptor.hpp"

namespace yodel::posix {

// A set of signals, sigsetops(3).
class SignalSet {
 public:
  SignalSet(std::initializer_list<int> signals) noexcept;

  void add(int signal) noexcept { sigaddset(&set_, signal); }
  [[nodiscard]] const sigset_t& get() const noexcept { return set_; }

  // Takes one signal of the set that waits, sigtimedwait(2), without waiting for one; nullopt:
  // none.
  [[nodiscard]] std::optional<siginfo_t> take_waiting() const noexcept;

  // Adds the set to this process's mask, sigprocmask(2): its signals wait until somebody takes
  // them. `before`, unless null, becomes the mask of before.
  void block(sigset_t* before = nullptr) const noexcept;
  // Takes it out of the mask; what waits comes at once.
  void unblock() const noexcept;

 private:
  sigset_t set_{};
};

// A descriptor, signalfd(2), that poll(2) finds readable while a signal of `set` waits, which must
// be blocked. It is for polling only: take_waiting() takes the signal, because what signalfd(2)
// reads leaves out the pid of a child whose exit signal is not SIGCHLD. Throws std::system_error.
[[nodiscard]] Descriptor open_signal_descriptor(const SignalSet& set);

}  // namespace yodel::posix
