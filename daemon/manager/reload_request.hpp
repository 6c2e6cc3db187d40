// yodeld --reload: another process asks for a reload, and is told how it went.
//
// It sends reload_signal(), which carries its pid, and gets the same signal back with the outcome
// as its value, sigqueue(3). Unlike SIGHUP, a real-time signal is queued: no request is lost.
#pragma once

#include <chrono>
#include <csignal>
#include <sys/types.h>

#include "manager/systemd/exit_status.hpp"
#include "posix/descriptor.hpp"

namespace yodel::manager {

[[nodiscard]] int reload_signal() noexcept;

// The name of a process that takes requests, PR_SET_NAME in prctl(2), from when it has blocked the
// signal. Its executable tells less: it may be a link or a copy of another name, and an upgrade
// replaces it.
constexpr const char* daemon_name = "yodeld";

// A request, as the daemon has it.
class ReloadRequest {
 public:
  // `signal` is the reload_signal() that has arrived.
  explicit ReloadRequest(const siginfo_t& signal) noexcept;
  // Tells whoever has asked, if that process is still there.
  void answer(bool succeeded) const noexcept;

 private:
  posix::Descriptor process_;  // pidfd_open(2): a pid may be another's by the time of the answer
};

// Asks the yodeld with the pid `daemon`, as the user whom it runs as, and waits for its answer for
// at most `time`. Gives ok or reload_failed; its log says why. Throws StartError when it is no
// yodeld, when there is no right to ask it, or when it does not answer.
[[nodiscard]] ExitStatus request_reload(pid_t daemon, std::chrono::seconds time);

}  // namespace yodel::manager
