#include "manager/reload_request.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <fmt/format.h>
#include <fstream>
#include <grp.h>
#include <ios>
#include <poll.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "posix/poll.hpp"
#include "posix/signals.hpp"

extern "C" {  // missing from the header in glibc 2.36
#include <sys/pidfd.h>
}

namespace yodel::manager {
namespace {

constexpr int succeeded_value = 0;
constexpr int failed_value = 1;

[[noreturn]] void fail(pid_t daemon, const std::string& why,
                       ExitStatus status = ExitStatus::os_error) {
  throw StartError(status, fmt::format("cannot reload process {}: {}", daemon, why));
}

[[noreturn]] void fail_with_errno(pid_t daemon) {
  fail(daemon, std::strerror(errno),
       errno == EPERM ? ExitStatus::permission : ExitStatus::os_error);
}

// A process as proc(5) shows it. The name is empty if the process is hidden or has exited.
struct ProcessState {
  std::string name;
  bool blocks_signal = false;  // reload_signal(), which would kill it otherwise
};
ProcessState state_of(pid_t pid) {
  std::ifstream status(fmt::format("/proc/{}/status", pid));
  std::string field;
  ProcessState state;
  std::uint64_t blocked = 0;
  while (status >> field) {
    if (field == "Name:") status >> state.name;
    if (field == "SigBlk:") status >> std::hex >> blocked;
  }
  state.blocks_signal = (blocked >> (reload_signal() - 1) & 1) != 0;
  return state;
}

// If this is root, takes on the user and group of the daemon, which without privileges can signal
// only processes of its own user, kill(2).
void become_user_of(pid_t daemon) {
  struct stat process {};
  const auto folder = fmt::format("/proc/{}", daemon);
  if (::geteuid() != 0 || ::stat(folder.c_str(), &process) < 0 || process.st_uid == 0) return;
  const uid_t user = process.st_uid;
  const gid_t group = process.st_gid;
  if (::setgroups(0, nullptr) < 0 || ::setresgid(group, group, group) < 0 ||
      ::setresuid(user, user, user) < 0) {
    fail_with_errno(daemon);
  }
}

}  // namespace

const posix::SignalSet& request_signals() noexcept {
  static const posix::SignalSet set{reload_signal()};
  return set;
}

int reload_signal() noexcept {
  return SIGRTMIN;
}

ReloadRequests::ReloadRequests() : signals_(posix::open_signal_descriptor(request_signals())) {}

int ReloadRequests::descriptor() const noexcept {
  return waiting_.size() < max_waiting ? signals_.get() : -1;
}

std::vector<RequestId> ReloadRequests::take() {
  std::vector<RequestId> taken;
  while (waiting_.size() < max_waiting) {
    const auto signal = request_signals().take_waiting();
    if (!signal) break;
    posix::Descriptor process(signal->si_pid > 0 ? ::pidfd_open(signal->si_pid, 0) : -1);
    waiting_.emplace(next_id_, Request{.pid = signal->si_pid, .process = std::move(process)});
    taken.push_back(next_id_++);
  }
  return taken;
}

void ReloadRequests::answer(const std::vector<RequestId>& requests, bool succeeded) {
  siginfo_t answer{};
  answer.si_signo = reload_signal();
  answer.si_code = SI_QUEUE;
  answer.si_pid = ::getpid();
  answer.si_uid = ::getuid();
  answer.si_value.sival_int = succeeded ? succeeded_value : failed_value;
  for (const RequestId request : requests) {
    const auto& [pid, process] = waiting_.at(request);
    // The answer would kill a process that does not block the signal, such as a shell whose kill(1)
    // sent the request. The pidfd keeps it from another process with a reused pid.
    const auto state = state_of(pid);
    const bool awaits_answer = state.name.empty() || state.blocks_signal;
    if (process && awaits_answer) {
      (void)::pidfd_send_signal(process.get(), reload_signal(), &answer, 0);
    }
    waiting_.erase(request);
  }
}

ExitStatus request_reload(pid_t daemon, std::chrono::seconds time) {
  const posix::Descriptor process(::pidfd_open(daemon, 0));
  if (!process) fail_with_errno(daemon);
  const auto state = state_of(daemon);
  if (state.name != daemon_name || !state.blocks_signal) {
    fail(daemon, "not a running yodeld (the PID of \"yodeld: manager\")");
  }
  const posix::SignalSet answers{reload_signal()};
  answers.block();
  const auto signals = posix::open_signal_descriptor(answers);
  become_user_of(daemon);
  if (::pidfd_send_signal(process.get(), reload_signal(), nullptr, 0) < 0) {
    fail_with_errno(daemon);
  }
  const auto deadline = posix::Clock::now() + time;
  std::array<pollfd, 2> fds{{{.fd = signals.get(), .events = POLLIN, .revents = 0},
                             {.fd = process.get(), .events = POLLIN, .revents = 0}}};
  while (posix::poll_until(fds, deadline) > 0) {
    while (const auto signal = answers.take_waiting()) {
      if (signal->si_code != SI_QUEUE || signal->si_pid != daemon) continue;
      return signal->si_value.sival_int == succeeded_value ? ExitStatus::ok
                                                           : ExitStatus::reload_failed;
    }
    if (fds[1].revents != 0) fail(daemon, "it exited before it answered");
  }
  fail(daemon, fmt::format("timed out after {} s waiting for its answer", time.count()));
}

}  // namespace yodel::manager
