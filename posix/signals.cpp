#include "posix/signals.hpp"

#include <cerrno>
#include <ctime>
#include <sys/signalfd.h>
#include <system_error>

namespace yodel::posix {

SignalSet::SignalSet(std::initializer_list<int> signals) noexcept {
  sigemptyset(&set_);
  for (const int signal : signals)
    sigaddset(&set_, signal);
}

SignalSet SignalSet::current() noexcept {
  SignalSet mask{};
  ::sigprocmask(SIG_BLOCK, nullptr, &mask.set_);
  return mask;
}

SignalSet SignalSet::without(int signal) const noexcept {
  SignalSet rest = *this;
  sigdelset(&rest.set_, signal);
  return rest;
}

void SignalSet::block() const noexcept {
  ::sigprocmask(SIG_BLOCK, &set_, nullptr);
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
