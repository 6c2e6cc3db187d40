#include "client/terminal/interrupts.hpp"

namespace yodel::client {
namespace {

// As a shell starts what runs in the background, and nohup(1) what is to outlive it.
bool is_ignored(int signal) {
  struct sigaction action {};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

posix::SignalSet heeded(std::initializer_list<int> signals) {
  posix::SignalSet heeded{};
  for (const int signal : signals) {
    if (!is_ignored(signal)) heeded.add(signal);
  }
  return heeded;
}

}  // namespace

Interrupts::Interrupts(std::initializer_list<int> signals)
    : signals_(heeded(signals)), descriptor_(posix::open_signal_descriptor(signals_)) {
  signals_.block(&before_);
}

Interrupts::~Interrupts() {
  while (signals_.take_waiting()) {
  }
  ::sigprocmask(SIG_SETMASK, &before_, nullptr);
}

int Interrupts::signal() noexcept {
  while (const auto taken = signals_.take_waiting())
    signal_ = taken->si_signo;
  return signal_;
}

bool Interrupts::take() noexcept {
  const bool come = arrived();
  signal_ = 0;
  return come;
}

}  // namespace yodel::client
