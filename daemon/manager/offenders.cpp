#include "manager/offenders.hpp"

#include <csignal>
#include <sys/syscall.h>
#include <unistd.h>

namespace yodel::manager {

// The system calls have no functions in every glibc that we build with.
Offenders::Verdict Offenders::take(pid_t sender) {
  const auto found = suspects_.find(sender);
  if (found == suspects_.end()) {
    if (suspects_.size() == most_suspects) suspects_.clear();
    posix::Descriptor process(static_cast<int>(::syscall(SYS_pidfd_open, sender, 0)));
    suspects_.emplace(sender, Suspect{.process = std::move(process), .since = events_});
    return Verdict::suspect;
  }
  Suspect& suspect = found->second;
  if (!suspect.process || events_ - suspect.since < most_unread) return Verdict::known;
  ::syscall(SYS_pidfd_send_signal, suspect.process.get(), SIGKILL, nullptr, 0);
  suspect.process.reset();  // what it has sent until now is still to come
  return Verdict::killed;
}

}  // namespace yodel::manager
