// Looking at processes, proc(5).
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace yodel::tests {

// The children of a process; empty where there is none of that pid.
[[nodiscard]] std::vector<pid_t> children_of(pid_t pid);
// Waits until a process has a child of that name, name_of(), and gives it. Throws as wait_until().
[[nodiscard]] pid_t child_of(pid_t pid, std::string_view name);
// The numbers of its open descriptors, in order.
[[nodiscard]] std::vector<int> descriptors_of(pid_t pid);
// Its name, /proc/PID/comm; empty where there is none of that pid.
[[nodiscard]] std::string name_of(pid_t pid);
// What ps(1) shows of a process that has a title: /proc/PID/cmdline up to the first NUL.
[[nodiscard]] std::string title_of(pid_t pid);
// The value of "NAME:" in /proc/PID/status.
[[nodiscard]] std::string status_of(pid_t pid, const std::string& name);
// The soft and the hard limit of that name in /proc/PID/limits, as "7 7".
[[nodiscard]] std::string limits_of(pid_t pid, const std::string& name);
// Returns the soft limit of that name in /proc/PID/limits.
[[nodiscard]] std::string soft_limit(pid_t pid, const std::string& name);
// Sets a soft limit of a process of an unprivileged daemon, as its own user, who may where root
// without CAP_SYS_RESOURCE may not: prlimit(1). `name` is its option.
void set_limit(pid_t pid, const std::string& name, const std::string& most);
// Whether a signal that was sent to it waits to be taken.
[[nodiscard]] bool is_pending(pid_t pid, int signal);
// Whether it is there and no zombie.
[[nodiscard]] bool is_running(pid_t pid);

// A process that does not run until it is resumed, SIGSTOP: what reaches it meanwhile, bytes and
// signals, waits.
class HeldProcess {
 public:
  // Throws as wait_until().
  explicit HeldProcess(pid_t pid);
  void resume() const;
  // The same, once that signal waits for it.
  void resume_after(int signal) const;

 private:
  pid_t pid_;
};

// For what cannot be waited for with poll(2), such as the end of somebody else's child: looks again
// and again until `condition` holds. Throws std::runtime_error, which names `what`, when `patience`
// is over.
void wait_until(const std::string& what, const std::function<bool()>& condition);

}  // namespace yodel::tests
