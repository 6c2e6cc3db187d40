#include <fmt/format.h>
#include <string_view>

#include "manager/life_cycle.hpp"

namespace yodel::manager {
namespace {

using Phase = LifeCycle::Phase;

std::string_view prefix(Phase phase) {
  switch (phase) {
    case Phase::preparing:
    case Phase::reloading:
    case Phase::listening:
    case Phase::settling: return "reloading; ";
    case Phase::stopping: return "stopping, waiting for the last ";
    case Phase::starting:
    case Phase::serving:
    case Phase::stopped: break;
  }
  return "";
}

}  // namespace

std::string status_text(LifeCycle::Phase phase, const Counters& totals,
                        std::uint64_t max_sessions) {
  const auto max = max_sessions == 0 ? "" : fmt::format(" of {}", max_sessions);
  return fmt::format("{}sessions: {}{} active, {} served, {} refused, {} crashed", prefix(phase),
                     totals.running, max, totals.accepted, totals.refused, totals.crashed);
}

}  // namespace yodel::manager
