// The right to fork, which sessions do not inherit.
#pragma once

#include <cstdint>
#include <sys/types.h>

#include "posix/unforked_memory.hpp"

namespace yodel::acceptor {

// A random 64-bit number that the acceptor passes to clone(2), in an argument that has no other use
// there. The filter, confinement.hpp, kills a process that forks without it. It is in memory that
// children do not inherit, so a compromised session cannot fork: it has one guess.
class ForkKey {
 public:
  // Draws the key, getrandom(2). Throws std::system_error.
  ForkKey();

  // Forks like fork(2), except that the child's exit sends `exit_signal`. Returns what fork(2)
  // returns. On x86-64 the child has no trace of the key.
  [[nodiscard]] pid_t fork(int exit_signal) const noexcept;

  // Returns the key where it is. Copy it into UnforkedMemory only.
  [[nodiscard]] const std::uint64_t& value() const noexcept {
    return memory_.as<std::uint64_t>(1).front();
  }

 private:
  posix::UnforkedMemory memory_;
};

}  // namespace yodel::acceptor
