// Counts the invalid events of each session.
#pragma once

#include <cstddef>
#include <cstdint>
#include <sys/types.h>
#include <unordered_map>

namespace yodel::manager {

// The offenders of one acceptor. Its sessions share one channel: a compromised session that floods
// it would displace the reports of the others. So it is killed at its max_offences-th offence.
class Offenders {
 public:
  static constexpr int max_offences = 16;
  // While this many are known, another one is killed at its first offence.
  static constexpr std::size_t max_suspects = 4096;

  enum class Verdict : std::uint8_t {
    first,  // its first offence
    known,  // another offence
    kill    // one too many: kill it; later offences are `known` again
  };
  // Counts an invalid event from `sender`, as reported by the kernel. Returns what to do.
  [[nodiscard]] Verdict judge(pid_t sender);
  // Forgets a session that has ended.
  void forget(pid_t pid) noexcept { offences_.erase(pid); }

 private:
  std::unordered_map<pid_t, int> offences_;
};

}  // namespace yodel::manager
