#include "manager/supervisor/session_ledger.hpp"

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

namespace yodel::manager {
namespace {

std::chrono::microseconds since(posix::Clock::time_point then, posix::Clock::time_point now) {
  return std::max(std::chrono::duration_cast<std::chrono::microseconds>(now - then),
                  std::chrono::microseconds(0));
}

}  // namespace

bool SessionLedger::handle(pid_t sender, const protocol::Report& report) {
  const auto found = reports_.find(sender);
  if (found == reports_.end()) {
    if (reports_.size() < max_waiting) reports_.emplace(sender, Waiting{.report = report});
    return true;
  }
  Waiting& earlier = found->second;
  if (earlier.report.number == report.number || earlier.was_replaced) return false;
  earlier = {.report = report, .was_replaced = true};
  return true;
}

std::optional<protocol::Report> SessionLedger::remove_report(pid_t pid, std::uint64_t number) {
  const auto found = reports_.find(pid);
  if (found == reports_.end()) return std::nullopt;
  const auto report = found->second.report;
  reports_.erase(found);
  // The acceptor or the scoreboard knows which connection this process had.
  if (report.number != number) return std::nullopt;
  return report;
}

log::Record SessionLedger::handle(const protocol::Ended& ended) {
  last_ended_ = ended.number;
  return records::session_ended(origin_, ended, remove_report(ended.pid, ended.number));
}

log::Record SessionLedger::handle(const protocol::Unserved& unserved) {
  last_ended_ = unserved.number;
  return records::unserved(origin_, unserved);
}

bool SessionLedger::has_reported(const protocol::Event& event) const noexcept {
  if (last_ended_ == 0) return false;
  if (const auto* ended = std::get_if<protocol::Ended>(&event)) return ended->number == last_ended_;
  const auto* unserved = std::get_if<protocol::Unserved>(&event);
  return unserved != nullptr && unserved->number == last_ended_;
}

void SessionLedger::take_over(protocol::Scoreboard scoreboard) {
  scoreboard_ = scoreboard;
  for (Entry& entry : scoreboard.used_entries()) {
    // The acceptor was killed between reporting this end and freeing the entry.
    if (entry.number == last_ended_) entry.number = 0;
    if (entry.number == 0) continue;
    if (entry.pid > 0) {
      orphans_.emplace(entry.pid, &entry);
    } else {
      unstarted_.push_back(&entry);
    }
  }
  scoreboard.header().running = orphans_.size();
}

// Returns the entry of the session and forgets the session, or returns nullptr if there is none.
// The caller frees the entry by setting its number to 0.
SessionLedger::Entry* SessionLedger::remove_orphan(pid_t pid) {
  if (const auto known = orphans_.find(pid); known != orphans_.end()) {
    Entry* entry = known->second;
    orphans_.erase(known);
    --scoreboard_->header().running;
    return entry;
  }
  // The acceptor may have been killed between the fork and entering the pid. Then the session's own
  // report names its connection.
  const auto waiting = reports_.find(pid);
  if (waiting == reports_.end()) return nullptr;
  const auto match = std::find_if(unstarted_.begin(), unstarted_.end(), [&](const Entry* entry) {
    return entry->number == waiting->second.report.number;
  });
  if (match == unstarted_.end()) return nullptr;
  Entry* entry = *match;
  unstarted_.erase(match);
  return entry;
}

std::optional<log::Record> SessionLedger::take_orphan(pid_t pid, const posix::ChildExit& end,
                                                      posix::Clock::time_point now) {
  Entry* entry = remove_orphan(pid);
  if (entry == nullptr) return std::nullopt;
  const protocol::Ended ended{.number = entry->number,
                              .peer = entry->peer,
                              .pid = pid,
                              .wait_status = end.status,
                              .cpu_time = end.cpu_time,
                              .duration = since(entry->accepted, now)};
  entry->number = 0;
  return records::session_ended(origin_, ended, remove_report(pid, ended.number));
}

log::Records SessionLedger::close(posix::Clock::time_point now) {
  log::Records rest;
  // The acceptor was killed between reaping these and reporting their ends.
  for (const auto& [pid, entry] : std::exchange(orphans_, {})) {
    rest.push_back(records::session_end_unseen(origin_,
                                               {.number = entry->number,
                                                .peer = entry->peer,
                                                .pid = pid,
                                                .duration = since(entry->accepted, now)},
                                               remove_report(pid, entry->number)));
    entry->number = 0;
  }
  for (Entry* entry : std::exchange(unstarted_, {})) {
    rest.push_back(records::unserved(origin_, {.number = entry->number, .peer = entry->peer}));
    entry->number = 0;
  }
  if (scoreboard_) scoreboard_->header().running = 0;
  for (const auto& [pid, waiting] : std::exchange(reports_, {}))
    rest.push_back(records::report_unverified(origin_, pid, waiting.report));
  return rest;
}

}  // namespace yodel::manager
