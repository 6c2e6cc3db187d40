#include "manager/supervisor/offenders.hpp"

namespace yodel::manager {

Offenders::Verdict Offenders::judge(pid_t sender) {
  const auto found = offences_.find(sender);
  if (found == offences_.end()) {
    if (offences_.size() >= max_suspects) return Verdict::kill;
    offences_.emplace(sender, 1);
    return Verdict::first;
  }
  if (found->second > max_offences) return Verdict::known;  // sent before it was killed
  return ++found->second == max_offences ? Verdict::kill : Verdict::known;
}

}  // namespace yodel::manager
