// Pairs what sessions report of themselves with what is known of their end.
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

// Of one acceptor. A session's report waits here from its last word until it was reaped: each
// session thus gets one record, with all that is known, and says nothing but of itself.
//
// After the acceptor's death its scoreboard says which connections have no record yet.
class SessionLedger {
 public:
  // No more reports wait: who sends more, without ending, is not to fill the memory.
  static constexpr std::size_t max_waiting = 65536;

  explicit SessionLedger(records::Origin origin) : origin_(std::move(origin)) {}

  // Returns whether a session may say this: it has one report to give. One is allowed in the place
  // of another connection's, for that may be left of an earlier session with this pid, whose end
  // was lost.
  bool handle(pid_t sender, const protocol::Report& report);
  [[nodiscard]] log::Record handle(const protocol::Ended& ended);
  [[nodiscard]] log::Record handle(const protocol::Unserved& unserved);

  // Returns whether the event is the one that has told of the last end.
  [[nodiscard]] bool has_reported(const protocol::Event& event) const noexcept;
  // The acceptor is dead, and all its events were taken. Its scoreboard, whose memory stays the
  // caller's, is kept by this ledger from now on.
  void take_over(protocol::Scoreboard scoreboard);
  // A session that outlived the acceptor was collected at `now`. Returns std::nullopt if it is
  // none.
  [[nodiscard]] std::optional<log::Record> take_orphan(pid_t pid, const posix::ChildExit& end,
                                                       posix::Clock::time_point now);
  // All its sessions are gone: returns the records of what is left.
  [[nodiscard]] log::Records close(posix::Clock::time_point now);

  [[nodiscard]] const records::Origin& origin() const noexcept { return origin_; }

 private:
  using Entry = protocol::ScoreboardEntry;
  struct Said {
    protocol::Report report;
    bool was_replaced = false;
  };
  [[nodiscard]] std::optional<protocol::Report> remove_report(pid_t pid, std::uint64_t number);
  [[nodiscard]] Entry* remove_orphan(pid_t pid);

  records::Origin origin_;
  std::unordered_map<pid_t, Said> reports_;
  std::uint64_t last_ended_ = 0;  // the number of the last connection whose end the acceptor told
  std::optional<protocol::Scoreboard> scoreboard_;
  std::unordered_map<pid_t, Entry*> orphans_;
  std::vector<Entry*> unstarted_;  // connections of which no process is known
};

}  // namespace yodel::manager
