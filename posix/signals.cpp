#include "posix/signals.hpp"

#include <cerrno>
#include <cstddef>
#include <ctime>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <system_error>
#include <unistd.h>

namespace yodel::posix {

SignalSet::SignalSet(std::initializer_list<int> signals) noexcept {
  sigemptyset(&set_);
  for (const int signal : signals)
    sigaddset(&set_, signal);
}

void SignalSet::block(sigset_t* before) const noexcept {
  ::sigprocmask(SIG_BLOCK, &set_, before);
}

void SignalSet::unblock() const noexcept {
  // By system call, not sigprocmask(3): in the static acceptor that function is far from the other
  // system calls, on a page of its own, which would cost each session a page fault.
  constexpr std::size_t kernel_size = (NSIG - 1) / 8;
  ::syscall(SYS_rt_sigprocmask, SIG_UNBLOCK, &set_, nullptr, kernel_size);
}

std::optional<siginfo_t> SignalSet::take_waiting() const noexcept {
  siginfo_t signal{};
  const timespec no_time{};
  if (::sigtimedwait(&set_, &signal, &no_time) < 0) return std::nullopt;
  return signal;
}

Descriptor open_signal_descriptor(const SignalSet& set) {
  Descriptor fd(::signalfd(-1, &set.get(), SFD_NONBLOCK | SFD_CLOEXEC));
  if (!fd) throw std::system_error(errno, std::generic_category(), "signalfd");
  return fd;
}

}  // namespace yodel::posix
