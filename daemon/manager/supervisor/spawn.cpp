#include "manager/supervisor/spawn.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <fmt/format.h>
#include <fstream>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

#include "posix/sibling_program.hpp"
#include "posix/spawn.hpp"
#include "protocol/launch.hpp"

namespace yodel::manager {
namespace {

// Returns a copy of `fd` with a number above those that the acceptor starts with, so that dup2(2)
// into one of those numbers does not overwrite another source.
posix::Descriptor high_copy(int fd) {
  constexpr int above =
      protocol::first_retired_descriptor + static_cast<int>(protocol::max_retired);
  posix::Descriptor copy(::fcntl(fd, F_DUPFD_CLOEXEC, above));
  if (!copy) throw std::system_error(errno, std::generic_category(), "fcntl(F_DUPFD_CLOEXEC)");
  return copy;
}

// Makes the kernel's OOM killer choose the acceptor and its sessions, which are replaced, before
// the manager, which is the largest of these processes. If the unit protects the manager by
// OOMScoreAdjust=, systemd.exec(5), this takes that protection from the acceptor; without it, as in
// many containers, it puts the acceptor first. Errors are ignored: they are no reason not to serve.
void expose_to_oom_killer(pid_t pid) {
  constexpr int before_the_manager = 100;  // of 1000, proc(5)
  constexpr int max_score = 1000;
  int ours = 0;
  std::ifstream("/proc/self/oom_score_adj") >> ours;
  std::ofstream(fmt::format("/proc/{}/oom_score_adj", pid))
      << std::clamp(ours + before_the_manager, 0, max_score);
}

}  // namespace

AcceptorProgram AcceptorProgram::find() {
  const auto candidates = posix::sibling_program_paths("yodel-acceptor");
  for (const auto& candidate : candidates) {
    posix::Descriptor program(::open(candidate.c_str(), O_PATH | O_CLOEXEC));
    if (program) return AcceptorProgram(high_copy(program.get()));
  }
  throw std::system_error(
      ENOENT, std::generic_category(),
      fmt::format("cannot find yodel-acceptor: neither {} nor {}", candidates[0], candidates[1]));
}

posix::Child AcceptorProgram::start(const Sockets& sockets, const Channel::Ends& its_ends,
                                    const std::string& where) const {
  const auto channel_copy = high_copy(its_ends.channel.get());
  const auto control_copy = high_copy(its_ends.control.get());
  const auto listener_copy = high_copy(sockets.listener);
  std::vector<posix::Descriptor> retired_copies;
  // The acceptor starts with these signals blocked, and handles them once it is set up.
  posix::SpawnPlan plan({protocol::end_signal, protocol::hurry_signal, protocol::ping_signal,
                         protocol::drain_signal});
  plan.open_null(STDIN_FILENO);
  plan.open_null(STDOUT_FILENO);
#if !defined(YODEL_SANITIZED)  // sanitizers report to standard error
  // Nothing that a session writes may appear in the manager's log.
  plan.open_null(STDERR_FILENO);
#endif
  plan.put(channel_copy.get(), protocol::channel_descriptor);
  plan.put(listener_copy.get(), protocol::listener_descriptor);
  plan.put(control_copy.get(), protocol::control_descriptor);
  int place = protocol::first_retired_descriptor;
  for (const int retired : sockets.retired) {
    retired_copies.push_back(high_copy(retired));
    plan.put(retired_copies.back().get(), place++);
  }

  std::string name = "yodel-acceptor";
  std::string text = where;
  std::string room(protocol::title_room - std::min(protocol::title_room, text.size()), ' ');
  const std::array<char*, 4> arguments{name.data(), text.data(), room.data(), nullptr};
  // glibc registers an area for restartable sequences, rseq(2), which nothing here uses. The kernel
  // writes to it whenever the process changes CPU: 1.2 page faults for each session.
  std::string no_rseq = "GLIBC_TUNABLES=glibc.pthread.rseq=0";
  const std::array<char*, 2> environment{no_rseq.data(), nullptr};
  const pid_t pid =
      plan.spawn(fmt::format("/proc/self/fd/{}", program_.get()), arguments, environment);
  posix::Child child(pid, posix::Child::Reach::group);
  expose_to_oom_killer(pid);
  return child;
}

}  // namespace yodel::manager
