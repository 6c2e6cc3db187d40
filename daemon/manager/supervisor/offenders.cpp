#include "manager/supervisor/offenders.hpp"

namespace yodel::manager {

Offenders::Verdict Offenders::judge(pid_t sender) {
  const auto [found, is_new] = offences_.try_emplace(sender, 1);
  int& count = found->second;
  if (is_new && offences_.size() <= max_suspects) return Verdict::first;
  if (is_new) count = max_offences - 1;
  if (count == max_offences) return Verdict::known;  // sent before the kill took effect
  return ++count == max_offences ? Verdict::kill : Verdict::known;
}

}  // namespace yodel::manager
