// SIGINT and SIGTERM as a wish to end, for what has something to do or to say before it ends; and
// other signals as other wishes.
#pragma once

#include <csignal>
#include <initializer_list>

#include "posix/descriptor.hpp"
#include "posix/signals.hpp"

namespace yodel::client {

// Takes these signals, signalfd(2), for as long as it lives, but for one that this process was
// started to ignore. Then the mask is as before, and those that came meanwhile are forgotten. For
// one thread. Throws std::system_error.
class Interrupts {
 public:
  Interrupts() : Interrupts({SIGINT, SIGTERM}) {}
  explicit Interrupts(std::initializer_list<int> signals);
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;
  Interrupts(Interrupts&&) = delete;
  Interrupts& operator=(Interrupts&&) = delete;
  ~Interrupts();

  // Whether one has come. Once it has, it stays so.
  [[nodiscard]] bool arrived() noexcept { return signal() != 0; }
  // The last one that has come; 0: none.
  [[nodiscard]] int signal() noexcept;
  // Returns whether one has come since the last call, for wishes that may come again.
  [[nodiscard]] bool take() noexcept;
  // For poll(2): readable when one has come that these have not seen. Still owned here.
  [[nodiscard]] int descriptor() const noexcept { return descriptor_.get(); }

 private:
  posix::SignalSet signals_;
  sigset_t before_{};
  posix::Descriptor descriptor_;
  int signal_ = 0;
};

}  // namespace yodel::client
