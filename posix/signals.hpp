// Sets of signals, and reading pending signals in a loop.
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

  // Takes one pending signal of the set, sigtimedwait(2), without blocking. Returns std::nullopt if
  // none is pending.
  [[nodiscard]] std::optional<siginfo_t> take_waiting() const noexcept;

  // Adds the set to the signal mask, sigprocmask(2): its signals stay pending until they are taken.
  // Stores the previous mask in `before` unless that is null.
  void block(sigset_t* before = nullptr) const noexcept;
  // Removes the set from the signal mask; pending signals are delivered at once.
  void unblock() const noexcept;

 private:
  sigset_t set_{};
};

// Returns a descriptor, signalfd(2), that is readable while a signal of `set` is pending; the
// signals must be blocked. It is for polling only. Take the signal with take_waiting(): read(2) of
// a signalfd does not report the pid of a child whose exit signal is not SIGCHLD. Throws
// std::system_error on failure.
[[nodiscard]] Descriptor open_signal_descriptor(const SignalSet& set);

}  // namespace yodel::posix
