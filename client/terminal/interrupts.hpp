// Signals as requests: SIGINT and SIGTERM to end, for code that has something to do or to report
// first, and other signals for other things.
#pragma once

#include <csignal>
#include <initializer_list>

#include "posix/descriptor.hpp"
#include "posix/signals.hpp"

namespace yodel::client {

// Takes the given signals through a signalfd(2) for as long as it lives, except those that this
// process was started to ignore. Its destructor restores the signal mask and drops the signals that
// came meanwhile. To be used in one thread. Throws std::system_error.
class Interrupts {
 public:
  Interrupts() : Interrupts({SIGINT, SIGTERM}) {}
  explicit Interrupts(std::initializer_list<int> signals);
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;
  Interrupts(Interrupts&&) = delete;
  Interrupts& operator=(Interrupts&&) = delete;
  ~Interrupts();

  // Returns whether one has arrived, now or earlier.
  [[nodiscard]] bool arrived() noexcept { return signal() != 0; }
  // Returns the last one that has arrived, or 0.
  [[nodiscard]] int signal() noexcept;
  // Returns whether one has arrived since the last call, for requests that may be repeated.
  [[nodiscard]] bool take() noexcept;
  // Returns a descriptor for poll(2), readable when one has arrived that the functions above have
  // not seen. This object still owns it.
  [[nodiscard]] int descriptor() const noexcept { return descriptor_.get(); }

 private:
  posix::SignalSet signals_;
  sigset_t before_{};
  posix::Descriptor descriptor_;
  int signal_ = 0;
};

}  // namespace yodel::client
