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

// A process as proc(5) shows it. One that is hidden or gone has no name here.
struct Seen {
  std::string name;
  bool has_blocked = false;  // reload_signal(), which kills whoever has not
};
Seen look_at(pid_t pid) {
  std::ifstream status(fmt::format("/proc/{}/status", pid));
  std::string field;
  Seen found;
  std::uint64_t blocked = 0;
  while (status >> field) {
    if (field == "Name:") status >> found.name;
    if (field == "SigBlk:") status >> std::hex >> blocked;
  }
  found.has_blocked = (blocked >> (reload_signal() - 1) & 1) != 0;
  return found;
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
    // Not to another one with its number, nor to a shell that has sent the signal by kill(1).
    const auto seen = look_at(pid);
    const bool awaits_it = seen.name.empty() || seen.has_blocked;
    if (process && awaits_it) {
      (void)::pidfd_send_signal(process.get(), reload_signal(), &answer, 0);
    }
    waiting_.erase(request);
  }
}

ExitStatus request_reload(pid_t daemon, std::chrono::seconds time) {
  const posix::Descriptor process(::pidfd_open(daemon, 0));
  if (!process) fail_with_errno(daemon);
  const auto seen = look_at(daemon);
  if (seen.name != daemon_name || !seen.has_blocked) fail(daemon, "it is no yodeld that serves");
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
