// yodeld --reload: another process asks for a reload, and is told how it went.
//
// It sends reload_signal(), which carries its pid, and gets the same signal back with the outcome
// as its value, sigqueue(3). Unlike SIGHUP, a real-time signal is queued: no request is lost.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <sys/types.h>
#include <vector>

#include "manager/life_cycle.hpp"
#include "manager/systemd/exit_status.hpp"
#include "posix/descriptor.hpp"
#include "posix/signals.hpp"

namespace yodel::manager {

[[nodiscard]] int reload_signal() noexcept;
// Returns a set of it alone.
[[nodiscard]] const posix::SignalSet& request_signals() noexcept;

// The name of a process that takes requests, PR_SET_NAME in prctl(2), from when it has blocked the
// signal. Its executable tells less: it may be a link or a copy of another name, and an upgrade
// replaces it.
constexpr const char* daemon_name = "yodeld";

// The requests that wait for an answer, as the daemon has them. Each takes a descriptor, so at most
// max_waiting of them do; others wait in the kernel's queue, RLIMIT_SIGPENDING, and none is
// forgotten.
class ReloadRequests {
 public:
  static constexpr std::size_t max_waiting = 64;

  // reload_signal() must be blocked. Throws std::system_error.
  ReloadRequests();

  // Returns the descriptor to poll for more of them; -1: no more can be taken now.
  [[nodiscard]] int descriptor() const noexcept;
  // Takes those that have arrived.
  [[nodiscard]] std::vector<RequestId> take();
  // Tells whoever has asked, if that process is still there.
  void answer(const std::vector<RequestId>& requests, bool succeeded);

 private:
  struct Request {
    pid_t pid = 0;
    // pidfd_open(2): the pid may be another's by the time of the answer. Empty: it has gone
    // already.
    posix::Descriptor process;
  };
  posix::Descriptor signals_;
  std::map<RequestId, Request> waiting_;
  RequestId next_id_ = 1;
};

// Asks the yodeld with the pid `daemon`, as the user whom it runs as, and waits for its answer for
// at most `time`. Gives ok or reload_failed; its log says why. Throws StartError when it is no
// yodeld, when there is no right to ask it, or when it does not answer.
[[nodiscard]] ExitStatus request_reload(pid_t daemon, std::chrono::seconds time);

}  // namespace yodel::manager
