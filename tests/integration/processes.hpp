// Functions that inspect processes, proc(5).
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace yodel::tests {

// Returns the children of a process, or none if it does not exist.
[[nodiscard]] std::vector<pid_t> children_of(pid_t pid);
// Waits until a process has a child with this name, name_of(), and returns its pid. Throws like
// wait_until().
[[nodiscard]] pid_t child_of(pid_t pid, std::string_view name);
// Returns the numbers of its open descriptors, in order.
[[nodiscard]] std::vector<int> descriptors_of(pid_t pid);
// Returns its name, /proc/PID/comm, or "" if it does not exist.
[[nodiscard]] std::string name_of(pid_t pid);
// Returns its title as ps(1) shows it: /proc/PID/cmdline up to the first NUL.
[[nodiscard]] std::string title_of(pid_t pid);
// Returns the value of "NAME:" in /proc/PID/status.
[[nodiscard]] std::string status_of(pid_t pid, const std::string& name);
// Returns the soft and the hard limit with this name in /proc/PID/limits, as "7 7".
[[nodiscard]] std::string limits_of(pid_t pid, const std::string& name);
// Returns the soft limit with this name in /proc/PID/limits.
[[nodiscard]] std::string soft_limit(pid_t pid, const std::string& name);
// Sets a soft limit of a process of an unprivileged daemon. `name` is an option of prlimit(1). Runs
// it as the daemon's user, since root without CAP_SYS_RESOURCE may not set the limit.
void set_limit(pid_t pid, const std::string& name, const std::string& limit);
// Returns whether a signal that was sent to it is pending.
[[nodiscard]] bool is_pending(pid_t pid, int signal);
// Returns whether it exists and is not a zombie.
[[nodiscard]] bool is_running(pid_t pid);

// Stops a process with SIGSTOP until it is resumed. Bytes and signals that reach it meanwhile wait.
class HeldProcess {
 public:
  // Throws like wait_until().
  explicit HeldProcess(pid_t pid);
  void resume() const;
  // Resumes it once `signal` is pending.
  void resume_after(int signal) const;

 private:
  pid_t pid_;
};

// Waits until `acceptor` sleeps. A session can be seen, and can even answer, before its acceptor
// has entered its pid in the scoreboard, which it does before it sleeps again. Throws like
// wait_until().
void wait_until_idle(pid_t acceptor);

// Kills the group of `acceptor`, of which `sessions` are members. They are stopped before: a
// running session is signalled when its acceptor dies, and might end in order before it is killed
// itself. Throws like wait_until().
void kill_group(pid_t acceptor, const std::vector<pid_t>& sessions);

// Polls until `condition` holds, for events that poll(2) cannot wait for, such as the end of
// another process's child. Throws std::runtime_error, which names `what`, after `patience`.
void wait_until(const std::string& what, const std::function<bool()>& condition);

}  // namespace yodel::tests
