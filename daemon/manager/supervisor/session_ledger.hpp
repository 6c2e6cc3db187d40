// Pairs what sessions report of themselves with what their acceptor says of their end.
#pragma once

#include <cstddef>
#include <optional>
#include <sys/types.h>
#include <unordered_map>

#include "log/record.hpp"
#include "manager/supervisor/records.hpp"
#include "posix/child.hpp"
#include "protocol/event.hpp"

namespace yodel::manager {

// Of one acceptor. A session's report waits here from its last word until it was reaped: each
// session thus gets one record, with all that is known, and says nothing but of itself.
class SessionLedger {
 public:
  // No more reports wait: who sends more, without ending, is not to fill the memory.
  static constexpr std::size_t most_waiting = 65536;

  explicit SessionLedger(records::Origin origin) : origin_(std::move(origin)) {}

  // Gives whether it is the first word of the session: it has only one to say.
  bool take(pid_t sender, const protocol::Report& report);
  [[nodiscard]] log::Record take(const protocol::Ended& ended);
  // A session of this acceptor's, which died before it, was collected by the manager. nullopt: not
  // known here.
  [[nodiscard]] std::optional<log::Record> take_orphan(pid_t pid, const posix::Ending& ending);
  // The acceptor and all its sessions are gone: what is left.
  [[nodiscard]] log::Records close();

  [[nodiscard]] const records::Origin& origin() const noexcept { return origin_; }

 private:
  std::optional<protocol::Report> remove(pid_t pid);

  records::Origin origin_;
  std::unordered_map<pid_t, protocol::Report> reports_;
};

}  // namespace yodel::manager
