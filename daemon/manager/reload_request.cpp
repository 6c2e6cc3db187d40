#include "manager/reload_request.hpp"

#include <array>
#include <cerrno>
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

#include "posix/poll.hpp"
#include "posix/signals.hpp"

extern "C" {  // which the header of glibc 2.36 leaves out
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

// Whether it is a daemon that serves, or is about to. Whatever has not blocked the signal would be
// killed by it.
bool takes_requests(pid_t pid) {
  std::ifstream status(fmt::format("/proc/{}/status", pid));  // proc(5)
  std::string field;
  std::string name;
  std::uint64_t blocked = 0;
  while (status >> field) {
    if (field == "Name:") status >> name;
    if (field == "SigBlk:") status >> std::hex >> blocked;
  }
  return name == daemon_name && (blocked >> (reload_signal() - 1) & 1) != 0;
}

// The daemon may answer only those who run as it does, kill(2).
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

int reload_signal() noexcept {
  return SIGRTMIN;
}

ReloadRequest::ReloadRequest(const siginfo_t& signal) noexcept
    : process_(signal.si_pid > 0 ? ::pidfd_open(signal.si_pid, 0) : -1) {}

void ReloadRequest::answer(bool succeeded) const noexcept {
  if (!process_) return;
  siginfo_t answer{};
  answer.si_signo = reload_signal();
  answer.si_code = SI_QUEUE;
  answer.si_pid = ::getpid();
  answer.si_uid = ::getuid();
  answer.si_value.sival_int = succeeded ? succeeded_value : failed_value;
  (void)::pidfd_send_signal(process_.get(), reload_signal(), &answer, 0);
}

ExitStatus request_reload(pid_t daemon, std::chrono::seconds time) {
  const posix::Descriptor process(::pidfd_open(daemon, 0));
  if (!process) fail_with_errno(daemon);
  if (!takes_requests(daemon)) fail(daemon, "it is no yodeld that serves");
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
    if (fds[1].revents != 0) fail(daemon, "it has ended");
  }
  fail(daemon, fmt::format("no answer in {} s", time.count()));
}

}  // namespace yodel::manager
