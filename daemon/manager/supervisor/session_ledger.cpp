#include "manager/supervisor/session_ledger.hpp"

#include <utility>

namespace yodel::manager {

bool SessionLedger::take(pid_t sender, const protocol::Report& report) {
  const auto found = reports_.find(sender);
  if (found == reports_.end()) {
    if (reports_.size() < most_waiting) reports_.emplace(sender, report);
    return true;
  }
  // The first word counts. But what is left under this pid may be an earlier session's, whose end
  // was lost.
  if (found->second.number == report.number) return false;
  found->second = report;
  return true;
}

std::optional<protocol::Report> SessionLedger::remove(pid_t pid) {
  const auto found = reports_.find(pid);
  if (found == reports_.end()) return std::nullopt;
  const auto report = found->second;
  reports_.erase(found);
  return report;
}

log::Record SessionLedger::take(const protocol::Ended& ended) {
  auto report = remove(ended.pid);
  // The acceptor knows better than the session who it was.
  if (report && report->number != ended.number) report.reset();
  if (report) report->peer = ended.peer;
  return records::session_ended(origin_, ended.pid, report, ended);
}

std::optional<log::Record> SessionLedger::take_orphan(pid_t pid, const posix::Ending& ending) {
  const auto report = remove(pid);
  if (!report) return std::nullopt;
  const protocol::Ended ended{.number = report->number,
                              .peer = report->peer,
                              .pid = pid,
                              .wait_status = ending.status,
                              .cpu_time = ending.cpu_time,
                              .duration = report->duration};
  return records::session_ended(origin_, pid, report, ended);
}

log::Records SessionLedger::close() {
  log::Records rest;
  rest.reserve(reports_.size());
  for (const auto& [pid, report] : std::exchange(reports_, {})) {
    rest.push_back(records::session_ended(origin_, pid, report, std::nullopt));
  }
  return rest;
}

}  // namespace yodel::manager
