// Sessions that send what no session sends, and how they are stopped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <sys/types.h>
#include <unordered_map>

#include "posix/descriptor.hpp"

namespace yodel::manager {

// Of one acceptor, whose sessions share one channel: a session that was taken over and floods it
// would cost the others their reports. It is the manager who can tell, and kills it. But a process
// is known by its number only, which may be another's by the time that its event is read. So it is
// held by a pidfd, pidfd_open(2), at its first offence, and killed at another one that was
// certainly sent after that: by that very process, or the pidfd's is gone and nobody is killed.
class Offenders {
 public:
  // More than this number of events does not wait in a channel.
  static constexpr std::uint64_t most_unread = 65536;

  enum class Verdict : std::uint8_t {
    suspect,  // its first offence
    known,    // one more, from before it was held or after it was killed
    killed
  };
  // `sender`, the kernel's word, has sent an event that no session sends.
  Verdict take(pid_t sender);
  // It has ended.
  void forget(pid_t pid) noexcept { suspects_.erase(pid); }

  // An event was read.
  void count_event() noexcept { ++events_; }
  // All that was sent by now was read.
  void all_is_read() noexcept { events_ += most_unread; }

 private:
  // Beyond these they are found out anew.
  static constexpr std::size_t most_suspects = 64;

  struct Suspect {
    posix::Descriptor process;  // none: it has ended, or was killed
    std::uint64_t since;        // events_ then
  };
  std::unordered_map<pid_t, Suspect> suspects_;
  std::uint64_t events_ = 0;
};

}  // namespace yodel::manager
