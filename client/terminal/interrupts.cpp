#include "client/terminal/interrupts.hpp"

namespace yodel::client {
namespace {

// Returns whether this process was started to ignore the signal, as a shell and nohup(1) start
// programs in the background.
bool is_ignored(int signal) {
  struct sigaction action {};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

posix::SignalSet not_ignored(std::initializer_list<int> signals) {
  posix::SignalSet taken{};
  for (const int signal : signals) {
    if (!is_ignored(signal)) taken.add(signal);
  }
  return taken;
}

}  // namespace

Interrupts::Interrupts(std::initializer_list<int> signals)
    : signals_(not_ignored(signals)), descriptor_(posix::open_signal_descriptor(signals_)) {
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
  const bool has_arrived = arrived();
  signal_ = 0;
  return has_arrived;
}

}  // namespace yodel::client
