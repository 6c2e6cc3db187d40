// Pairs each session's report about itself with what the acceptor or the kernel says of its end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <sys/types.h>
#include <unordered_map>
#include <vector>

#include "log/record.hpp"
#include "manager/supervisor/session_records.hpp"
#include "posix/child.hpp"
#include "posix/poll.hpp"
#include "protocol/event.hpp"
#include "protocol/scoreboard.hpp"

namespace yodel::manager {

// The ledger of one acceptor. A session's report waits here until the session has been reaped. So
// each session gets exactly one record, with everything that is known, and can speak only for
// itself.
//
// After the acceptor's death its scoreboard shows which connections have no record yet.
class SessionLedger {
 public:
  // At most this many reports wait, so that a sender that never ends cannot fill the memory.
  static constexpr std::size_t max_waiting = 65536;

  explicit SessionLedger(records::Origin origin) : origin_(std::move(origin)) {}

  // Keeps a report until its sender has been reaped, but drops it if max_waiting others wait.
  // Returns whether `sender` may send it, kept or not: each session sends one. It may replace one
  // report about another connection, which may be left over from an earlier session with the same
  // pid whose end was lost.
  bool handle(pid_t sender, const protocol::Report& report);
  [[nodiscard]] log::Record handle(const protocol::Ended& ended);
  [[nodiscard]] log::Record handle(const protocol::Unserved& unserved);

  // Returns whether `event` is the Ended or Unserved that was handled last.
  [[nodiscard]] bool has_reported(const protocol::Event& event) const noexcept;
  // Makes this ledger the only writer of the scoreboard of a dead acceptor, all of whose events
  // were handled. The caller keeps the memory.
  void take_over(protocol::Scoreboard scoreboard);
  // Returns the record of a session that outlived the acceptor and was reaped at `now`, or
  // std::nullopt if `pid` was not one of its sessions.
  [[nodiscard]] std::optional<log::Record> take_orphan(pid_t pid, const posix::ChildExit& end,
                                                       posix::Clock::time_point now);
  // Returns the records of all connections and reports that are left. Must not be called before all
  // sessions are gone.
  [[nodiscard]] log::Records close(posix::Clock::time_point now);

  [[nodiscard]] const records::Origin& origin() const noexcept { return origin_; }

 private:
  using Entry = protocol::ScoreboardEntry;
  struct Waiting {
    protocol::Report report;
    bool was_replaced = false;
  };
  [[nodiscard]] std::optional<protocol::Report> remove_report(pid_t pid, std::uint64_t number);
  [[nodiscard]] Entry* remove_orphan(pid_t pid);

  records::Origin origin_;
  std::unordered_map<pid_t, Waiting> reports_;
  std::uint64_t last_ended_ = 0;  // number of the last connection whose end was handled
  std::optional<protocol::Scoreboard> scoreboard_;
  std::unordered_map<pid_t, Entry*> orphans_;
  std::vector<Entry*> unstarted_;  // connections without a known process
};

}  // namespace yodel::manager
