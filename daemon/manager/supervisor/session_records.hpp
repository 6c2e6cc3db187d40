// The records about connections and their sessions. How ids are chosen: manager/records.hpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <sys/types.h>

#include "log/record.hpp"
#include "protocol/event.hpp"
#include "protocol/protocol.hpp"

namespace yodel::manager::records {

using log::Record;

// What is the same for all sessions of an acceptor.
struct Origin {
  std::uint64_t acceptor = 0;  // counted from 1 by the manager
  std::string listener;
  protocol::Protocol protocol{};
};
[[nodiscard]] Record accepted(const Origin& origin, const protocol::Accepted& event);
// The one record of a session, when it has ended. `report` is missing when the session crashed, or
// when the channel was full.
[[nodiscard]] Record session_ended(const Origin& origin, const protocol::Ended& ended,
                                   const std::optional<protocol::Report>& report);
// The same where nobody knows how it ended, since its acceptor was killed when it had collected it:
// the wait status and the processor's time of `ended` are none.
[[nodiscard]] Record session_end_unseen(const Origin& origin, const protocol::Ended& ended,
                                        const std::optional<protocol::Report>& report);
// A connection for which there was never a process.
[[nodiscard]] Record unserved(const Origin& origin, const protocol::Unserved& unserved);
// What a process says of a connection that is not known: its pid is the kernel's word, all else is
// its own.
[[nodiscard]] Record report_unverified(const Origin& origin, pid_t pid,
                                       const protocol::Report& report);

// Adds who the peer is.
void add_peer(Record& record, const protocol::Peer& peer);
// Adds how a process has ended: its wait status, wait(2); and says it in words.
void add_end(Record& record, int wait_status);
[[nodiscard]] std::string end_text(int wait_status);

}  // namespace yodel::manager::records
