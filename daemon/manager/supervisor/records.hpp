// The records about acceptors and sessions. How ids are chosen: manager/records.hpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>

#include "log/record.hpp"
#include "posix/child.hpp"
#include "protocol/event.hpp"
#include "protocol/launch.hpp"

namespace yodel::manager::records {

using log::Record;

// --- acceptors; `pid` is the acceptor's ---
[[nodiscard]] Record acceptor_died(std::string_view listener, pid_t pid,
                                   const posix::Ending& ending, std::uint64_t sessions);
[[nodiscard]] Record acceptor_setup_failed(std::string_view listener, pid_t pid,
                                           const protocol::SetupFailed& failure);
[[nodiscard]] Record acceptor_not_started(std::string_view listener, std::string_view why);
[[nodiscard]] Record acceptor_replaced(std::string_view listener, pid_t pid, std::uint64_t crashes);
[[nodiscard]] Record acceptor_stuck(std::string_view listener, pid_t pid);
[[nodiscard]] Record acceptor_silent(std::string_view listener, pid_t pid);
[[nodiscard]] Record acceptor_given_up(std::string_view listener, int deaths);
[[nodiscard]] Record trouble(std::string_view listener, const protocol::Troubled& troubled);
[[nodiscard]] Record invalid_event(std::string_view listener, pid_t sender);
[[nodiscard]] Record offender_killed(std::string_view listener, pid_t sender);

// --- sessions ---
// What is the same for all sessions of an acceptor.
struct Origin {
  std::uint64_t acceptor = 0;  // counted from 1 by the manager
  std::string listener;
  protocol::Protocol protocol{};
};
[[nodiscard]] Record accepted(const Origin& origin, const protocol::Accepted& event);
// The one record of a session, when it has ended. `report` is missing when the session crashed, or
// when the channel was full; `ended` when its acceptor has died before it.
[[nodiscard]] Record session_ended(const Origin& origin, pid_t pid,
                                   const std::optional<protocol::Report>& report,
                                   const std::optional<protocol::Ended>& ended);
// A session whose acceptor has died, and which died too without a word.
[[nodiscard]] Record session_lost(const Origin& origin, pid_t pid, const posix::Ending& ending);

}  // namespace yodel::manager::records
