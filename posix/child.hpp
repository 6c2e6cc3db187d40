// A child process with an owner, and how a process ended.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <sys/types.h>
#include <utility>

#include "posix/poll.hpp"

namespace yodel::posix {

// What wait(2) said of a process that ended.
struct ChildExit {
  int status = 0;                        // the wait status, for WIFEXITED and its kin
  std::chrono::microseconds cpu_time{};  // user and system, getrusage(2)

  [[nodiscard]] bool exited() const noexcept;
  [[nodiscard]] int exit_status() const noexcept;  // meaningful when exited()
  [[nodiscard]] int signal() const noexcept;       // what killed it; meaningful when not exited()
};

// Collects the child `pid` if it has ended, wait4(2) without waiting, whatever its exit signal is.
// nullopt: it runs still, or is no child of this process.
[[nodiscard]] std::optional<ChildExit> reap(pid_t pid) noexcept;

// As above, for any child at all: gives its pid too.
[[nodiscard]] std::optional<std::pair<pid_t, ChildExit>> reap_any() noexcept;

// Blocks until the child `pid` has ended, and collects it, or until `deadline`. Returns whether it
// is gone; also if it is no child of this process.
[[nodiscard]] bool wait_for_end(pid_t pid, Clock::time_point deadline) noexcept;

// Owns a child process: when it goes and the child was not reaped, the child is killed, SIGKILL,
// and collected; or left to init if it has not ended within kill_time.
class Child {
 public:
  // SIGKILL does not end a process whose system call cannot be interrupted (state D in ps(1)): a
  // write to a frozen or dead disk, or to an NFS server that is gone. All others end in
  // milliseconds.
  static constexpr auto kill_time = std::chrono::seconds(1);

  // Whom signals reach: the child alone, or the process group that it leads, setpgid(2).
  enum class Reach : std::uint8_t { process, group };

  Child() noexcept = default;
  Child(pid_t pid, Reach reach) noexcept : pid_(pid), reach_(reach) {}
  Child(Child&& other) noexcept
      : pid_(std::exchange(other.pid_, 0)), reach_(other.reach_), reaped_(other.reaped_) {}
  Child& operator=(Child&& other) noexcept;
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() { end(); }

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }  // 0: owns none
  [[nodiscard]] bool was_reaped() const noexcept { return reaped_; }
  // Sends `signal`, kill(2). That nobody is left is no error: a group's number stays its own for as
  // long as a member lives, also after its leader was reaped.
  void signal(int signal) const noexcept;
  // The same for the child alone, whatever group it leads.
  void signal_alone(int signal) const noexcept;
  // Returns whether nobody is left of the process group that it leads, kill(2): none that runs, and
  // none that was not collected. To be asked while its number cannot be another group's yet.
  [[nodiscard]] bool group_is_empty() const noexcept;
  // The child was collected, by reap_any(): its number must not be waited for again.
  void mark_reaped() noexcept { reaped_ = true; }

 private:
  void end() noexcept;

  pid_t pid_ = 0;
  Reach reach_ = Reach::process;
  bool reaped_ = false;
};

}  // namespace yodel::posix
