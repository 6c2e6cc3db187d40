#include "acceptor/fork_key.hpp"

#include <cerrno>
#include <sys/random.h>
#include <sys/syscall.h>
#include <system_error>
#include <unistd.h>

namespace yodel::acceptor {

ForkKey::ForkKey() : memory_(sizeof(std::uint64_t)) {
  const auto room = memory_.as<std::uint64_t>(1);
  if (::getrandom(room.data(), room.size_bytes(), 0) != static_cast<ssize_t>(room.size_bytes())) {
    throw std::system_error(errno, std::generic_category(), "getrandom");
  }
}

// Does not use clone3(2), which a service with RestrictNamespaces= may not call.
pid_t ForkKey::fork(int exit_signal) const noexcept {
#if defined(__x86_64__)
  // In assembler, so that the key is in one register only, which both parent and child clear.
  long result = SYS_clone;
  asm volatile(
      "movq (%[key]), %%r10\n\t"
      "syscall\n\t"
      "xorl %%r10d, %%r10d"
      : "+a"(result)
      : "D"(static_cast<long>(exit_signal)), "S"(0L), "d"(0L), [key] "r"(&value())
      : "rcx", "r10", "r11", "memory");
  if (result < 0) {
    errno = static_cast<int>(-result);
    return -1;
  }
  return static_cast<pid_t>(result);
#else
  // A copy of the key may remain in the child's registers until it overwrites them.
  return static_cast<pid_t>(::syscall(SYS_clone, exit_signal, nullptr, nullptr, value(), nullptr));
#endif
}

}  // namespace yodel::acceptor
