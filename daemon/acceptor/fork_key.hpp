// The right to fork, which sessions do not inherit.
#pragma once

#include <cstdint>
#include <sys/types.h>

#include "posix/unforked_memory.hpp"

namespace yodel::acceptor {

// The filter, confinement.hpp, lets a process fork that says a number with it, in an argument of
// clone(2) which has no other use. The number is drawn at random at the start and stands in memory
// that a fork leaves behind: a session that was taken over cannot fork, and has one guess.
class ForkKey {
 public:
  // Draws it. Throws std::system_error.
  ForkKey();

  // fork(2), but that the child's end sends `exit_signal`. Gives what fork(2) gives. No trace of
  // the key is in the child.
  [[nodiscard]] pid_t fork(int exit_signal) const noexcept;

  // Stays in the memory that is not forked: to be copied into such memory only.
  [[nodiscard]] const std::uint64_t& value() const noexcept {
    return memory_.as<std::uint64_t>(1).front();
  }

 private:
  posix::UnforkedMemory memory_;
};

}  // namespace yodel::acceptor
