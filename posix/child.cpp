#include "posix/child.hpp"

#include <csignal>
#include <sys/resource.h>
#include <sys/wait.h>

namespace yodel::posix {
namespace {

using namespace std::chrono_literals;

std::chrono::microseconds duration_of(const timeval& time) {
  return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
}

std::optional<std::pair<pid_t, ChildExit>> wait_for(pid_t pid) noexcept {
  int status = 0;
  rusage usage{};
  // Without __WALL, wait4(2) ignores "clone children", whose exit signal is not SIGCHLD.
  const pid_t ended = ::wait4(pid, &status, WNOHANG | __WALL, &usage);
  if (ended <= 0) return std::nullopt;
  return std::pair{
      ended, ChildExit{.status = status,
                       .cpu_time = duration_of(usage.ru_utime) + duration_of(usage.ru_stime)}};
}

}  // namespace

bool ChildExit::exited() const noexcept {
  return WIFEXITED(status);
}
int ChildExit::exit_status() const noexcept {
  return WEXITSTATUS(status);
}
int ChildExit::signal() const noexcept {
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

std::optional<ChildExit> reap(pid_t pid) noexcept {
  const auto ended = wait_for(pid);
  if (!ended) return std::nullopt;
  return ended->second;
}

std::optional<std::pair<pid_t, ChildExit>> reap_any() noexcept {
  return wait_for(-1);
}

bool wait_for_end(pid_t pid, Clock::time_point deadline) noexcept {
  while (::waitpid(pid, nullptr, WNOHANG | __WALL) == 0) {
    if (Clock::now() >= deadline) return false;
    poll_until({}, Clock::now() + 1ms);
  }
  return true;
}

Child& Child::operator=(Child&& other) noexcept {
  if (this != &other) {
    end();
    pid_ = std::exchange(other.pid_, 0);
    reach_ = other.reach_;
    reaped_ = other.reaped_;
  }
  return *this;
}

void Child::signal(int signal) const noexcept {
  if (reach_ == Reach::process) return signal_alone(signal);
  if (pid_ > 0) ::kill(-pid_, signal);
}

bool Child::group_is_empty() const noexcept {
  return ::kill(-pid_, 0) < 0;
}

void Child::signal_alone(int signal) const noexcept {
  if (pid_ > 0 && !reaped_) ::kill(pid_, signal);
}

void Child::end() noexcept {
  signal(SIGKILL);
  if (pid_ > 0 && !reaped_) (void)wait_for_end(pid_, Clock::now() + kill_time);
  pid_ = 0;
}

}  // namespace yodel::posix
