// The records about acceptors. The rules for their ids are in manager/records.hpp.
#pragma once

#include <cstdint>
#include <string_view>
#include <sys/types.h>

#include "log/record.hpp"
#include "posix/child.hpp"
#include "protocol/event.hpp"

namespace yodel::manager::records {

using log::Record;

// In all of these `listener` is an address such as "127.0.0.1:9999", and `pid` the acceptor's
// process.
[[nodiscard]] Record acceptor_died(std::string_view listener, pid_t pid,
                                   const posix::ChildExit& end, std::uint64_t sessions);
[[nodiscard]] Record acceptor_setup_failed(std::string_view listener, pid_t pid,
                                           const protocol::SetupFailed& failure);
[[nodiscard]] Record acceptor_not_started(std::string_view listener, std::string_view why);
[[nodiscard]] Record acceptor_replaced(std::string_view listener, pid_t pid, std::uint64_t crashes);
[[nodiscard]] Record acceptor_stuck(std::string_view listener, pid_t pid);
[[nodiscard]] Record acceptor_terminated(std::string_view listener, pid_t pid);
[[nodiscard]] Record acceptor_not_ready(std::string_view listener, pid_t pid);
[[nodiscard]] Record acceptor_silent(std::string_view listener, pid_t pid);
[[nodiscard]] Record acceptor_abandoned(std::string_view listener, pid_t pid);
[[nodiscard]] Record connection_may_be_lost(std::string_view listener, pid_t pid);
[[nodiscard]] Record acceptor_given_up(std::string_view listener, int deaths);
[[nodiscard]] Record accept_errors(std::string_view listener, const protocol::AcceptErrors& errors);
// `count` events from it and its sessions were dropped, so as many connections may lack a record.
[[nodiscard]] Record events_lost(std::string_view listener, std::uint64_t count);

// About one of its sessions, or whatever process sent the event.
[[nodiscard]] Record session_overdue(std::string_view listener, pid_t pid);
[[nodiscard]] Record invalid_event(std::string_view listener, pid_t sender);
[[nodiscard]] Record offender_killed(std::string_view listener, pid_t sender);

}  // namespace yodel::manager::records
