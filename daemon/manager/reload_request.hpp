// yodeld --reload: another process requests a reload and learns the outcome.
//
// The client sends reload_signal(), which carries its pid, and receives the same signal with the
// outcome as its value, sigqueue(3). Unlike SIGHUP, real-time signals are queued, so none is lost.
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

// Returns the signal for requests and answers.
[[nodiscard]] int reload_signal() noexcept;
// Returns the set that contains only reload_signal().
[[nodiscard]] const posix::SignalSet& request_signals() noexcept;

// The name that the daemon gives its process once it has blocked the signal, PR_SET_NAME in
// prctl(2), and by which the client identifies it. The path of the executable would not do: it may
// be a link or a copy with another name, and an upgrade replaces it.
constexpr const char* daemon_name = "yodeld";

// The daemon's side: the requests that wait for an answer. Each holds a descriptor, so there are at
// most max_waiting of them. Further requests stay in the kernel's queue, RLIMIT_SIGPENDING, until
// there is room.
class ReloadRequests {
 public:
  static constexpr std::size_t max_waiting = 64;

  // Requires that reload_signal() is blocked. Throws std::system_error.
  ReloadRequests();

  // Returns the descriptor to poll for more requests, or -1 while there is no room for any.
  [[nodiscard]] int descriptor() const noexcept;
  // Takes the requests that have arrived and returns their ids.
  [[nodiscard]] std::vector<RequestId> take();
  // Sends the outcome to the clients of `requests` that still run, and forgets these requests.
  void answer(const std::vector<RequestId>& requests, bool succeeded);

 private:
  struct Request {
    pid_t pid = 0;
    // From pidfd_open(2), since the pid may be reused before the answer. Empty if the client had
    // already exited.
    posix::Descriptor process;
  };
  posix::Descriptor signals_;
  std::map<RequestId, Request> waiting_;
  RequestId next_id_ = 1;
};

// Asks the yodeld with the pid `daemon` to reload, and waits for at most `time` for its answer. If
// this process is root, it continues as the daemon's user. Returns ok, or reload_failed with the
// cause in the daemon's log. Throws StartError if the process is not a yodeld, if this process may
// not signal it, or if it does not answer.
[[nodiscard]] ExitStatus request_reload(pid_t daemon, std::chrono::seconds time);

}  // namespace yodel::manager
