// Sessions that send what no session sends, and how many times they may.
#pragma once

#include <cstddef>
#include <cstdint>
#include <sys/types.h>
#include <unordered_map>

namespace yodel::manager {

// Of one acceptor, whose sessions share one channel: a session that was taken over and floods it
// would cost the others their reports. So it is killed at its max_offences-th offence.
class Offenders {
 public:
  static constexpr int max_offences = 16;
  // Beyond this many that are known, a new one is killed at its first offence.
  static constexpr std::size_t max_suspects = 4096;

  enum class Verdict : std::uint8_t {
    first,  // its first offence
    known,  // one more
    kill    // one too many; after that `known` again
  };
  // `sender`, the kernel's word, has sent an event that no session sends.
  [[nodiscard]] Verdict judge(pid_t sender);
  // It has ended.
  void forget(pid_t pid) noexcept { offences_.erase(pid); }

 private:
  std::unordered_map<pid_t, int> offences_;
};

}  // namespace yodel::manager
