#include "client/terminal/interrupts.hpp"

namespace yodel::client {
namespace {

// As a shell starts what runs in the background, and nohup(1) what is to outlive it.
bool is_ignored(int signal) {
  struct sigaction action {};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

posix::SignalSet heeded_signals() {
  const bool interrupt = !is_ignored(SIGINT);
  const bool terminate = !is_ignored(SIGTERM);
  if (interrupt && terminate) return {SIGINT, SIGTERM};
  if (interrupt) return {SIGINT};
  if (terminate) return {SIGTERM};
  return {};
}

}  // namespace

Interrupts::Interrupts()
    : signals_(heeded_signals()), descriptor_(posix::open_signal_descriptor(signals_)) {
  signals_.block(&before_);
}

Interrupts::~Interrupts() {
  while (signals_.take_waiting()) {
  }
  ::sigprocmask(SIG_SETMASK, &before_, nullptr);
}

bool Interrupts::arrived() noexcept {
  while (signals_.take_waiting())
    arrived_ = true;
  return arrived_;
}

}  // namespace yodel::client
