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

// A copy of `fd` with a number above those that the acceptor is born with, so that putting one of
// them in its place does not close the other.
posix::Descriptor high_copy(int fd) {
  constexpr int above =
      protocol::first_retired_descriptor + static_cast<int>(protocol::max_retired);
  posix::Descriptor copy(::fcntl(fd, F_DUPFD_CLOEXEC, above));
  if (!copy) throw std::system_error(errno, std::generic_category(), "fcntl(F_DUPFD_CLOEXEC)");
  return copy;
}

// Memory that runs out is to cost an acceptor or its sessions, which come again, and not the
// manager, although that is the largest of them. Where the unit could protect the manager,
// OOMScoreAdjust=, systemd.exec(5), they are just not protected; where nobody may do that, as in
// many containers, they are put before it. What fails here is no reason not to serve.
void expose_to_oom_killer(pid_t pid) {
  constexpr int before_the_manager = 100;  // of 1000, proc(5)
  constexpr int most = 1000;
  int ours = 0;
  std::ifstream("/proc/self/oom_score_adj") >> ours;
  std::ofstream(fmt::format("/proc/{}/oom_score_adj", pid))
      << std::clamp(ours + before_the_manager, 0, most);
}

}  // namespace

AcceptorProgram AcceptorProgram::find() {
  const auto candidates = posix::sibling_program_paths("yodel-acceptor");
  for (const auto& candidate : candidates) {
    posix::Descriptor program(::open(candidate.c_str(), O_PATH | O_CLOEXEC));
    if (program) return AcceptorProgram(std::move(program));
  }
  throw std::system_error(
      ENOENT, std::generic_category(),
      fmt::format("cannot find yodel-acceptor: neither {} nor {}", candidates[0], candidates[1]));
}

posix::Child AcceptorProgram::start(const Sockets& sockets, const Channel::Ends& its,
                                    const std::string& where) const {
  const auto channel_copy = high_copy(its.channel.get());
  const auto control_copy = high_copy(its.control.get());
  const auto listener_copy = high_copy(sockets.listener);
  std::vector<posix::Descriptor> retired_copies;
  // They wait until it is there to take them.
  posix::SpawnPlan plan({protocol::end_signal, protocol::hurry_signal, protocol::ping_signal,
                         protocol::drain_signal});
  plan.open_null(STDIN_FILENO);
  plan.open_null(STDOUT_FILENO);
#if !defined(YODEL_SANITIZED)  // whose reports go to standard error
  // What a session writes there must not look like the manager's log.
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
  // The kernel writes to the area of a restartable sequence, rseq(2), which glibc gives each
  // process and nobody here uses, whenever the process is moved: 1.2 page faults of a session.
  std::string no_rseq = "GLIBC_TUNABLES=glibc.pthread.rseq=0";
  const std::array<char*, 2> environment{no_rseq.data(), nullptr};
  const pid_t pid =
      plan.spawn(fmt::format("/proc/self/fd/{}", program_.get()), arguments, environment);
  posix::Child child(pid, posix::Child::Reach::group);
  expose_to_oom_killer(pid);
  return child;
}

}  // namespace yodel::manager
