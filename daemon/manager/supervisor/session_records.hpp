// The records about connections and their sessions. The rules for their ids are in
// manager/records.hpp.
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

// The fields that all sessions of an acceptor share.
struct Origin {
  std::uint64_t acceptor = 0;  // counted from 1 by the manager
  std::string listener;
  protocol::Protocol protocol{};
};
[[nodiscard]] Record accepted(const Origin& origin, const protocol::Accepted& event);
// Returns the one record of a session, which has ended. There is no `report` if the session crashed
// or the channel was full.
[[nodiscard]] Record session_ended(const Origin& origin, const protocol::Ended& ended,
                                   const std::optional<protocol::Report>& report);
// Returns the same for a session whose acceptor was killed between reaping it and reporting its
// end. Its wait status and CPU time are unknown: those in `ended` are ignored.
[[nodiscard]] Record session_end_unseen(const Origin& origin, const protocol::Ended& ended,
                                        const std::optional<protocol::Report>& report);
// Returns the record of a connection for which no session was ever forked.
[[nodiscard]] Record unserved(const Origin& origin, const protocol::Unserved& unserved);
// Returns the record of a report about a connection that the manager does not know. The kernel
// vouches for `pid`; everything else is the process's own claim.
[[nodiscard]] Record report_unverified(const Origin& origin, pid_t pid,
                                       const protocol::Report& report);

// Adds the fields of the peer: address, and port or process and user; and the address of a proxy.
void add_peer(Record& record, const protocol::Peer& peer);
// Returns to_string(peer), followed by " via ADDRESS" if a proxy forwards its connection.
[[nodiscard]] std::string peer_text(const protocol::Peer& peer);
// Adds the exit status or the signal in a wait status, wait(2).
void add_end(Record& record, int wait_status);
// Returns the same in words: "exited with status 1", "killed by signal 9 (SIGKILL)".
[[nodiscard]] std::string end_text(int wait_status);

}  // namespace yodel::manager::records
